import type { IncomingHttpHeaders } from 'node:http';
import type { Actor, TenantRef } from '../../event/audit-event.interface.js';
import type { SafeJson } from '../../event/safe-json.js';
import type { ActorResolver, ResolvedCaller } from '../actor/actor-resolver.js';
import type { Caller } from '../actor/caller.interface.js';
import type { TokenVerdict } from '../actor/jwt-verification.interface.js';
import type { AuditScope } from '../context/audit-scope.interface.js';
import { InnerScope } from '../context/inner-scope.js';
import type { HandlerFacts } from '../handler/handler-facts.js';
import { addressOf } from '../http/client-address.js';
import type { HttpExchange } from '../http/http-exchange.js';
import type { TenantResolver } from '../tenant/tenant-resolver.js';
import type { OperationSource } from './operation-source.js';

export type OperationStage = 'guards' | 'handler' | 'returned' | 'threw' | 'unsubscribed';

/** A GraphQL field, a message or a socket event from its guards to its end, and the scope in which its handler runs. */
export class Operation extends InnerScope implements AuditScope, Caller {
  readonly hasEvent = true;
  readonly root: AuditScope = this;
  readonly startedAt = performance.now();
  readonly type: string;

  verdict: TokenVerdict | Promise<TokenVerdict> | undefined = undefined;
  stage: OperationStage = 'guards';
  error: unknown = undefined;
  input: SafeJson | undefined = undefined;
  result: unknown = undefined;
  emitted = 0;

  private caller: ResolvedCaller | undefined = undefined;
  private ownTenant: TenantRef | undefined = undefined;

  constructor(
    readonly source: OperationSource,
    readonly handler: HandlerFacts,
    /** The HTTP request that carries it, or the scope around it. */
    outer: AuditScope | undefined,
    private readonly exchange: HttpExchange | undefined,
    private readonly actors: ActorResolver,
    private readonly tenants: TenantResolver,
    private readonly ownRequestId: string | undefined,
  ) {
    super(outer);
    this.type = source.kind;
  }

  get request(): unknown {
    return this.source.request;
  }

  get headers(): IncomingHttpHeaders {
    return this.source.headers;
  }

  get metadata(): Readonly<Record<string, unknown>> | undefined {
    return this.outer?.metadata;
  }

  get actor(): Actor | undefined {
    return (this.caller ?? this.resolveNow())?.actor;
  }

  get tenant(): TenantRef | undefined {
    if (this.ownTenant !== undefined) return this.ownTenant;
    const caller = this.caller ?? this.resolveNow();
    const tenant = caller && this.tenants.resolve(this, caller);
    return tenant instanceof Promise ? undefined : (tenant ?? this.outer?.tenant);
  }

  override get requestId(): string | undefined {
    return this.outer?.requestId ?? this.ownRequestId;
  }

  get clientAddress(): string | undefined {
    if (this.exchange !== undefined) return addressOf(this.exchange.platformRequest.ip ?? this.exchange.socketAddress);
    const handshake = (this.request as { handshake?: { address?: unknown } } | undefined)?.handshake;
    return addressOf(handshake?.address);
  }

  property(name: string): unknown {
    try {
      const own = (this.request as Record<string, unknown> | undefined)?.[name];
      return own ?? this.exchange?.property(name);
    } catch {
      return undefined;
    }
  }

  async settle(): Promise<void> {
    this.caller = await this.actors.resolve(this);
    this.ownTenant = (await this.tenants.resolve(this, this.caller)) ?? this.outer?.tenant;
  }

  private resolveNow(): ResolvedCaller | undefined {
    const caller = this.actors.resolve(this);
    return caller instanceof Promise ? undefined : caller;
  }
}
