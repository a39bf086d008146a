import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TlsOptions } from '../http/http-client.js';

export interface SyslogEndpoint {
  readonly host: string;
  readonly port: number;
  /** Absent for plain TCP. */
  readonly tls?: TlsOptions;
}

/** Bounds of the wait for a reset, which is two round trips as measured when connecting. */
const SHORTEST_SETTLE_MS = 10;
const LONGEST_SETTLE_MS = 500;

/** One connection to a syslog receiver. After any failure it is of no more use. */
export class SyslogConnection {
  private failure: Error | null = null;
  private hasEnded = false;
  private readonly waiting = new Set<(error: Error) => void>();

  private settleMs = SHORTEST_SETTLE_MS;

  private constructor(private readonly socket: Socket) {
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The receiver closed the connection.')));
    socket.on('end', () => (this.hasEnded = true));
    socket.resume(); // receivers say nothing; whatever they say is dropped
  }

  /** @throws whatever keeps the connection from being made, a certificate that is not trusted included */
  static async open({ host, port, tls }: SyslogEndpoint, signal: AbortSignal): Promise<SyslogConnection> {
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    const ca = tls?.ca as string | Buffer | undefined;
    const socket = tls ? connectTls({ host, port, ...servername, ...tls, ca }) : connectTcp({ host, port });
    const connection = new SyslogConnection(socket);
    const begun = performance.now();
    await connection.guarded(signal, (done) => socket.once(tls ? 'secureConnect' : 'connect', done));
    socket.setNoDelay(true);
    const roundTrips = 2 * (performance.now() - begun);
    connection.settleMs = Math.min(Math.max(roundTrips, SHORTEST_SETTLE_MS), LONGEST_SETTLE_MS);
    return connection;
  }

  get isUsable(): boolean {
    return this.failure === null && !this.hasEnded;
  }

  /** Resolves when our own system took the bytes. */
  write(bytes: Buffer, signal: AbortSignal): Promise<void> {
    return this.guarded(signal, (done, fail) => this.socket.write(bytes, (error) => (error ? fail(error) : done())));
  }

  /**
   * Says that nothing more comes, and waits until the receiver has closed its end. It has read everything then: a system
   * that closes a connection with unread bytes, or gets bytes for a closed one, resets it. Such a reset comes one round
   * trip after our last bytes, so that long nothing is said.
   */
  async finish(signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await this.guarded(signal, (done) => (timer = setTimeout(done, this.settleMs))).finally(() => clearTimeout(timer));
    await this.guarded(signal, (done, fail) => {
      if (this.hasEnded) return fail(new Error('The receiver closed its end before it had everything.'));
      this.socket.once('end', done);
      this.socket.end();
    });
    this.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private async guarded(
    signal: AbortSignal,
    start: (done: () => void, fail: (error: Error) => void) => void,
  ): Promise<void> {
    if (this.failure) throw this.failure;
    let abort: (() => void) | undefined;
    let fail: ((error: Error) => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        abort = () => reject(new Error('The time was up.'));
        this.waiting.add(reject);
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) abort();
        else start(resolve, reject);
      });
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      if (abort) signal.removeEventListener('abort', abort);
      if (fail) this.waiting.delete(fail);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const reject of this.waiting) reject(this.failure);
  }
}
