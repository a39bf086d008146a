import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import type { Server as PlainServer, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** Ways in which a server fails. A reply is sent instead of the handler's own. */
export type HttpFault = 'hang' | 'reset' | 'half-answer' | 'slow-drip' | 'lost-answer' | Reply;

const tlsFile = (name: string): Buffer => readFileSync(new URL(`../tls/${name}`, import.meta.url));

/** The certificate authority that the good server's certificate is from. */
export const TEST_CA = tlsFile('ca.crt');

/** A real HTTP(S) server on this machine that can fail in every way a network knows. */
export class FaultHttpServer {
  /** Every request whose body arrived whole, in order. */
  readonly requests: SeenRequest[] = [];
  /** How it fails from now on; a function decides for each request. */
  fault: HttpFault | null | ((request: SeenRequest) => HttpFault | null) = null;
  private server: Server | PlainServer | null = null;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  private constructor(
    private readonly handle: (request: SeenRequest) => Reply | Promise<Reply>,
    private readonly scheme: 'http' | 'https',
  ) {}

  static async start(
    handle: (request: SeenRequest) => Reply | Promise<Reply>,
    scheme: 'http' | 'https' = 'http',
  ): Promise<FaultHttpServer> {
    const server = new FaultHttpServer(handle, scheme);
    await server.up();
    return server;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  /** Listens on the same port again after {@link down}. @param mode how TLS is spoken */
  async up(mode: 'good' | 'stranger' | 'plain' = 'good'): Promise<void> {
    await this.down();
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.serve(request, response);
    if (this.scheme === 'https' && mode === 'plain') {
      this.server = createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    } else if (this.scheme === 'https') {
      const name = mode === 'good' ? 'server' : 'stranger';
      this.server = createSecureServer({ key: tlsFile(`${name}.key`), cert: tlsFile(`${name}.crt`) }, listener);
    } else this.server = createServer(listener);
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    const { server } = this;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
  }

  /** Refuses connections, and cuts those that are there. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cutConnections();
    await closed;
  }

  /** Cuts the connections, as a server does with idle ones. */
  cutConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // cut off while sending
    }
    const { method = '', url = '', headers } = request;
    const seen: SeenRequest = { method, path: url, headers, body: Buffer.concat(chunks) };
    this.requests.push(seen);
    const fault = typeof this.fault === 'function' ? this.fault(seen) : this.fault;
    if (fault === null) return send(response, await this.handle(seen));
    if (fault === 'hang') return;
    if (fault === 'reset') return void response.socket?.resetAndDestroy();
    if (fault === 'lost-answer') {
      await this.handle(seen);
      return void response.socket?.resetAndDestroy();
    }
    if (fault === 'half-answer') {
      const reply = await this.handle(seen);
      const body = Buffer.from(reply.body ?? '');
      response.writeHead(reply.status, { ...reply.headers, 'content-length': String(body.length + 100) });
      return void response.write(body.subarray(0, body.length >> 1), () => response.destroy());
    }
    if (fault === 'slow-drip') {
      response.writeHead(200, { 'content-length': '100000' });
      const timer = setInterval(() => response.write(' '), 10);
      return void response.on('close', () => clearInterval(timer));
    }
    send(response, fault);
  }
}

function send(response: ServerResponse, { status, headers, body = '' }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}
