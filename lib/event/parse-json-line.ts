import { isUtf8 } from 'node:buffer';
import type { AuditRecord } from './audit-record.interface.js';
import { JsonLineError } from './json-line.error.js';
import { jsonMembers } from './json-members.js';

/** A line of the JSON Lines form taken apart, byte for byte. */
export interface JsonLine {
  readonly record: string;
  /** The record's reading. Its identifying fields are of the right type, the others need not be. */
  readonly value: AuditRecord;
  readonly hash: string;
  readonly signature: string | null;
  readonly sections: string | null;
}

const RECORD = '{"record":';
/** What follows a record, together with the brace that ends it. */
const BEHIND_RECORD = '},"hash":"';
const ORDER = ['hash', 'signature', 'sections'];

/**
 * Takes a line apart as {@link formatJsonLine} made it. What it says may still be false.
 *
 * @param bytes without the line feed
 * @throws JsonLineError not UTF-8, not compact JSON, other members, another order, a record without its identity
 */
export function parseJsonLine(bytes: Buffer): JsonLine {
  // Decoding puts U+FFFD for bad bytes, and the text would hash as if they had been that.
  if (!isUtf8(bytes)) throw new JsonLineError('it is no UTF-8');
  const text = bytes.toString('utf8');
  try {
    return takeApart(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new JsonLineError(`it is no JSON (${cause.message})`, { cause });
    throw cause;
  }
}

function takeApart(text: string): JsonLine {
  const { end, value } = recordOf(text);
  const rest = `{${text.slice(end + 1)}`;
  const members = jsonMembers(rest);
  checkOrder(members.map(({ name }) => name));
  const textOf = (name: string): string | null => {
    const member = members.find((one) => one.name === name);
    return member ? rest.slice(member.start, member.end) : null;
  };
  const hash: unknown = JSON.parse(textOf('hash') as string);
  if (typeof hash !== 'string') throw new JsonLineError('its hash is no text');
  return {
    record: text.slice(RECORD.length, end),
    value,
    hash,
    signature: textOf('signature'),
    sections: textOf('sections'),
  };
}

/** Where the record ends, and its reading. */
function recordOf(text: string): { end: number; value: AuditRecord } {
  const brace = text.startsWith(`${RECORD}{`) ? text.indexOf(BEHIND_RECORD) : -1;
  if (brace < 0) throw new JsonLineError('it does not begin with a record that a hash follows');
  let end = brace + 1;
  let value: AuditRecord;
  try {
    // What parses as a whole is the whole value: no part of an object up to a brace within it does.
    value = JSON.parse(text.slice(RECORD.length, end)) as AuditRecord;
  } catch {
    const [member] = jsonMembers(text);
    end = member.end;
    value = JSON.parse(text.slice(member.start, end)) as AuditRecord;
  }
  const { id, stream, sequence } = value;
  if (typeof id === 'string' && typeof stream === 'string' && Number.isSafeInteger(sequence)) return { end, value };
  throw new JsonLineError('its record does not say which it is: id, stream and sequence');
}

function checkOrder(names: readonly string[]): void {
  const stranger = names.find((name) => !ORDER.includes(name));
  if (stranger !== undefined) throw new JsonLineError(`it has a member "${stranger}"`);
  const positions = names.map((name) => ORDER.indexOf(name));
  if (positions[0] === 0 && positions.every((position, i) => i === 0 || position > positions[i - 1])) return;
  throw new JsonLineError(`behind the record come ${ORDER.join(', ')}, in this order and each once`);
}
