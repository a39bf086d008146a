import type { Actor, EventReason, TenantRef } from '../../event/audit-event.interface.js';
import type { Annotation } from './annotation.interface.js';

/**
 * What surrounds a piece of work: a request, a job, a `runAs()`. It travels in AsyncLocalStorage, also between two
 * loaded copies of the package, so everything in it is plain properties.
 *
 * @publicApi
 */
export interface AuditScope {
  /** The actor as far as it is known by now; {@link settle} waits for it. */
  readonly actor: Actor | undefined;
  readonly tenant: TenantRef | undefined;
  readonly requestId: string | undefined;
  readonly correlationId: string | undefined;
  /** W3C trace id, 32 hex characters. */
  readonly traceId: string | undefined;
  /** W3C id of the caller's span, 16 hex characters. */
  readonly spanId: string | undefined;
  /** A hash of the session id. */
  readonly sessionId: string | undefined;
  /** Ties the entity changes of one database transaction together. */
  transactionId: string | undefined;
  /** Why the entity changes within are made, if `runAs()` says so. */
  readonly reason?: EventReason | string | undefined;
  /** Added to the metadata of every event within. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;

  /** The scope that has an event of its own: the request, or the outermost `runAs()`, which has none. */
  readonly root: AuditScope;
  /** Whether `root` ends in an event that can be annotated. */
  readonly hasEvent: boolean;
  /** On `root`: what the application added to the request's own event. */
  annotation: Annotation | undefined;
  /** On `root`: how many entity changes were recorded within. */
  changeCount: number;

  /** Waits until actor and tenant are known, when finding them takes time (a key or a tenant is being fetched). */
  settle(): void | Promise<void>;
}
