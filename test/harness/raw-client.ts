import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';

/** A socket on which bytes are sent as they are, for what an HTTP client refuses to send. */
export class RawClient {
  private received = Buffer.alloc(0);
  private waiting: (() => void) | undefined;
  private over = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.waiting?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.over = true;
      this.waiting?.();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** Resolves when what has been received satisfies the condition, or the connection is closed. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!this.over && !condition(this.text)) {
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
    return this.text;
  }

  /** One complete answer, however its end is marked. */
  async answer(): Promise<string> {
    return this.until(isComplete);
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    return this.until(() => false);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Goes away without a word. */
  abort(): void {
    this.socket.destroy();
  }
}

function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return /^transfer-encoding: chunked/im.test(head) && text.endsWith('\r\n0\r\n\r\n');
}
