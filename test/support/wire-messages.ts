export type WireProtocol = 'postgres' | 'mysql';

export interface ClientMessage {
  readonly bytes: Buffer;
  /** Whether it is a message after the login, e.g. a statement or a part of one. */
  readonly counts: boolean;
}

const POSTGRES_PASSWORD = 'p'.charCodeAt(0);
const MYSQL_HEADER_BYTES = 4;

/** Cuts what one client sends into messages; whatever is incomplete waits for the next call. */
export function clientMessages(protocol: WireProtocol): (data: Buffer) => ClientMessage[] {
  const next = protocol === 'postgres' ? postgresMessages() : mysqlMessage;
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const messages: ClientMessage[] = [];
    for (let message = next(rest); message; message = next(rest)) {
      messages.push(message);
      rest = rest.subarray(message.bytes.length);
    }
    return messages;
  };
}

/** The first message has a length and no type; all others a type, then a length that includes itself. */
function postgresMessages(): (data: Buffer) => ClientMessage | null {
  let begun = false;
  return (data) => {
    const header = begun ? 1 : 0;
    if (data.length < header + 4) return null;
    const end = header + data.readInt32BE(header);
    if (data.length < end) return null;
    const counts = begun && data[0] !== POSTGRES_PASSWORD;
    begun = true;
    return { bytes: data.subarray(0, end), counts };
  };
}

/** A command begins a new sequence: its number is 0. The client's part of the login has other numbers. */
function mysqlMessage(data: Buffer): ClientMessage | null {
  if (data.length < MYSQL_HEADER_BYTES) return null;
  const end = MYSQL_HEADER_BYTES + data.readUIntLE(0, 3);
  if (data.length < end) return null;
  return { bytes: data.subarray(0, end), counts: data[3] === 0 };
}
