import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { CallHandler, DynamicModule, INestApplication, Provider, Type } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import type { NestApplicationOptions } from '@nestjs/common';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { CaptureRuntime } from '../../lib/capture/capture-runtime.js';
import { mountAudit } from './mount-audit.js';
import type { AuditProbe } from './mount-audit.js';
import { createAdapter } from './platforms.js';
import type { Platform } from './platforms.js';
import { RawClient } from './raw-client.js';
import type { SeenEvent } from './seen-event.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: any;
}

export interface RequestOptions {
  readonly headers?: Record<string, string | string[]>;
  /** Sent as JSON when it is an object. */
  readonly body?: unknown;
  readonly agent?: Agent;
}

class RootModule {}

/** Builds and starts an application with the audit trail mounted, on a free port of this machine. */
export class AuditApplicationBuilder {
  private auditOptions: AuditModuleOptions | undefined = {};
  private controllerTypes: Type[] = [];
  private extraProviders: Provider[] = [];
  private extraImports: (Type | DynamicModule)[] = [];
  private nestOptions: NestApplicationOptions = {};
  private adapterOptions: object = {};
  private configurators: ((application: INestApplication, platform: Platform) => unknown)[] = [];

  constructor(private readonly platform: Platform) {}

  audit(options: AuditModuleOptions): this {
    this.auditOptions = options;
    return this;
  }

  /** The same application without the audit trail, to compare with. */
  unaudited(): this {
    this.auditOptions = undefined;
    return this;
  }

  controllers(...types: Type[]): this {
    this.controllerTypes.push(...types);
    return this;
  }

  providers(...providers: Provider[]): this {
    this.extraProviders.push(...providers);
    return this;
  }

  imports(...modules: (Type | DynamicModule)[]): this {
    this.extraImports.push(...modules);
    return this;
  }

  /** With an interceptor of the application's own, the audit trail has one as well. */
  intercepted(): this {
    return this.providers({
      provide: APP_INTERCEPTOR,
      useValue: { intercept: (_: unknown, next: CallHandler) => next.handle() },
    });
  }

  nest(options: NestApplicationOptions): this {
    this.nestOptions = { ...this.nestOptions, ...options };
    return this;
  }

  adapter(fastifyOptions: object): this {
    this.adapterOptions = fastifyOptions;
    return this;
  }

  /** Runs between creation and start, as an application's `main.ts` does. */
  configure(work: (application: INestApplication, platform: Platform) => unknown): this {
    this.configurators.push(work);
    return this;
  }

  async start(): Promise<AuditApplication> {
    const probe = this.auditOptions === undefined ? undefined : mountAudit(this.auditOptions);
    const root: DynamicModule = {
      module: RootModule,
      imports: [...(probe ? [probe.module] : []), ...this.extraImports],
      controllers: this.controllerTypes,
      providers: this.extraProviders,
    };
    const application = await NestFactory.create(root, createAdapter(this.platform, this.adapterOptions), {
      logger: false,
      abortOnError: false,
      forceCloseConnections: true,
      ...this.nestOptions,
    });
    for (const work of this.configurators) await work(application, this.platform);
    await application.listen(0, '127.0.0.1');
    return new AuditApplication(application, probe);
  }
}

/** A running application and its audit trail. */
export class AuditApplication {
  readonly port: number;
  private readonly sockets = new Set<Socket>();
  private readonly waiting: (() => void)[] = [];

  static on(platform: Platform): AuditApplicationBuilder {
    return new AuditApplicationBuilder(platform);
  }

  constructor(
    readonly nest: INestApplication,
    private readonly probe: AuditProbe | undefined,
  ) {
    const server: Server = nest.getHttpServer();
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => {
        this.sockets.delete(socket);
        for (const resolve of this.sockets.size === 0 ? this.waiting.splice(0) : []) resolve();
      });
    });
  }

  /** Resolves when the server has noticed that no client is connected any more. */
  async whenDisconnected(): Promise<void> {
    if (this.sockets.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when the server has received the head of the next request. */
  async nextRequest(): Promise<void> {
    await once(this.nest.getHttpServer(), 'request');
  }

  /** Failures of the audit trail that it has reported. */
  get failures(): AuditProbe['failures'] {
    return this.probe?.failures ?? [];
  }

  sealing(outcome: () => Promise<void>): void {
    this.probe?.sealing(this.nest, outcome);
  }

  /** Sends a request on a connection of its own. */
  send(method: string, path: string, { headers = {}, body, agent }: RequestOptions = {}): Promise<Answer> {
    const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
    const payload = isJson ? JSON.stringify(body) : (body as string | Buffer | undefined);
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: agent ?? false,
          headers: {
            ...(isJson ? { 'content-type': 'application/json' } : {}),
            ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
          });
        },
      );
      request.on('error', reject);
      request.end(payload);
    });
  }

  raw(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }

  /** Resolves when no request is open and every event has been made. */
  async whenSettled(): Promise<void> {
    await this.nest.get(CaptureRuntime, { strict: false }).whenIdle();
  }

  /** Every event of the requests that were answered or abandoned so far. */
  async events(): Promise<SeenEvent[]> {
    return (await this.probe?.events(this.nest)) ?? [];
  }

  /** The one event that there must be. */
  async event(): Promise<SeenEvent> {
    const events = await this.events();
    if (events.length !== 1) {
      throw new Error(`Expected one event, found ${events.length}: ${JSON.stringify(events, undefined, 2)}`);
    }
    return events[0];
  }

  async stop(): Promise<void> {
    this.sealing(() => Promise.resolve());
    await this.nest.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
