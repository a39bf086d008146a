import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export type SyslogFault = 'hang' | 'reset' | 'closed at once' | 'half read';

const tlsFile = (name: string): Buffer => readFileSync(new URL(`../tls/${name}`, import.meta.url));

/** A receiver of octet-counted syslog over TCP or TLS that can fail. */
export class SyslogServer {
  /** Whole messages, in order. */
  readonly messages: Buffer[] = [];
  fault: SyslogFault | null = null;
  connections = 0;
  port = 0;
  private server: Server | null = null;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly transport: 'tcp' | 'tls') {}

  static async start(transport: 'tcp' | 'tls'): Promise<SyslogServer> {
    const server = new SyslogServer(transport);
    await server.up();
    return server;
  }

  async up(certificate: 'server' | 'stranger' = 'server'): Promise<void> {
    await this.down();
    const options = { key: tlsFile(`${certificate}.key`), cert: tlsFile(`${certificate}.crt`) };
    const listener = (socket: Socket): void => this.serve(socket);
    const server = this.transport === 'tls' ? createTlsServer(options, listener) : createServer(listener);
    server.on('tlsClientError', () => undefined);
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cut();
    await closed;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    this.connections++;
    socket.on('error', () => undefined);
    let rest: Buffer = Buffer.alloc(0);
    if (this.fault === 'hang') return void socket.pause();
    if (this.fault === 'reset') return this.reset(socket);
    if (this.fault === 'closed at once') return void socket.end();
    const isHalf = this.fault === 'half read';
    socket.on('data', (chunk: Buffer) => {
      if (isHalf) return this.reset(socket);
      rest = this.take(Buffer.concat([rest, chunk]));
    });
    socket.on('end', () => socket.end());
  }

  private reset(socket: Socket): void {
    if (this.transport === 'tcp') socket.resetAndDestroy();
    else this.cut();
  }

  private take(bytes: Buffer): Buffer {
    for (;;) {
      const space = bytes.indexOf(0x20);
      if (space < 0) return bytes;
      const length = Number(bytes.subarray(0, space).toString());
      if (!Number.isSafeInteger(length)) throw new Error(`No frame: ${bytes.subarray(0, 40).toString()}`);
      if (bytes.length < space + 1 + length) return bytes;
      this.messages.push(bytes.subarray(space + 1, space + 1 + length));
      bytes = bytes.subarray(space + 1 + length);
    }
  }
}
