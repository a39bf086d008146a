import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { clientMessages } from './wire-messages.js';
import type { WireProtocol } from './wire-messages.js';

/**
 * A real socket between a client and its database that breaks when a test wants it to. It reads the messages of the
 * client, so that a connection can be cut behind the k-th of them: the server gets k messages and then the end of the
 * stream, the client gets no answer any more.
 */
export class FaultProxy {
  /** Messages of clients since the last {@link cutAfter} or {@link heal}, those of a login not counted. */
  messages = 0;
  /** Connections cut so far. */
  cuts = 0;
  private limit = Infinity;
  private refusing = false;
  private frozen = false;
  private readonly pairs = new Map<Socket, Socket>();
  private readonly dying = new Set<Promise<void>>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly protocol: WireProtocol,
  ) {
    server.on('connection', (client: Socket) => this.relay(client));
  }

  /** @param url of the database; {@link url} is the same through the proxy */
  static async start(url: string): Promise<FaultProxy> {
    const target = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultProxy(server, target, target.protocol.startsWith('postgres') ? 'postgres' : 'mysql');
  }

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Lets the next `messages` messages through and cuts the connection of the last. 0 cuts at the first message. */
  cutAfter(messages: number): void {
    this.messages = 0;
    this.limit = messages;
  }

  /** Swallows everything in both directions and tells nobody, as a broken network does. */
  freeze(): void {
    this.frozen = true;
  }

  /** Cuts every connection and refuses new ones, as a server does that is down. */
  async goDown(): Promise<void> {
    this.refusing = true;
    for (const client of this.pairs.keys()) this.cut(client);
    await this.settled();
  }

  /** Lets everything through again, and waits until the server has dealt with what was cut. */
  async heal(): Promise<void> {
    this.refusing = false;
    this.frozen = false;
    this.limit = Infinity;
    this.messages = 0;
    await this.settled();
  }

  async close(): Promise<void> {
    await this.goDown();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async settled(): Promise<void> {
    await Promise.all(this.dying);
  }

  private relay(client: Socket): void {
    client.on('error', () => undefined);
    if (this.refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: this.target.hostname, port: Number(this.target.port), allowHalfOpen: true });
    this.pairs.set(client, upstream);
    upstream.on('error', () => undefined);
    upstream.on('data', (data) => !this.frozen && client.writable && client.write(data));
    upstream.on('end', () => client.end());
    upstream.on('close', () => client.end());
    client.on('close', () => {
      this.pairs.delete(client);
      upstream.end();
    });

    const split = clientMessages(this.protocol);
    client.on('data', (data) => {
      if (this.frozen) return;
      for (const { bytes, counts } of split(data)) {
        if (!this.pairs.has(client)) return;
        if (!counts) {
          upstream.write(bytes);
          continue;
        }
        if (this.messages >= this.limit) return this.cut(client);
        this.messages++;
        upstream.write(bytes);
        if (this.messages === this.limit) return this.cut(client);
      }
    });
  }

  private cut(client: Socket): void {
    const upstream = this.pairs.get(client);
    if (!upstream) return;
    this.pairs.delete(client);
    this.cuts++;
    upstream.removeAllListeners('data');
    // Read on, or a server with a lot to say would never come to the end of what it was sent.
    upstream.resume();
    const death = new Promise<void>((resolve) => upstream.once('close', () => resolve()));
    this.dying.add(death);
    void death.then(() => this.dying.delete(death));
    // The server still reads everything that was sent before the end of the stream, then closes its side.
    upstream.end();
    client.destroy();
  }
}
