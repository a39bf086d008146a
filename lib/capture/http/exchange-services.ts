import type { ActorResolver, ResolvedCaller } from '../actor/actor-resolver.js';
import type { Caller } from '../actor/caller.interface.js';
import type { TenantResolver } from '../tenant/tenant-resolver.js';

/** What a request needs to answer questions about itself. */
export interface ExchangeServices {
  readonly actors: ActorResolver;
  readonly tenants: TenantResolver;
  readonly requestIdHeader: string;
  readonly correlationIdHeader: string;
  newRequestId(): string;
  /** A hash of the session id that a verified token, a user or a session middleware names. */
  sessionIdOf(caller: Caller, resolved: ResolvedCaller | undefined): string | undefined;
}
