import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditEvent, EventContext } from '../../event/audit-event.interface.js';
import { mergeAnnotations } from './annotation.interface.js';
import type { Annotation } from './annotation.interface.js';
import type { AuditScope } from './audit-scope.interface.js';
import { NestedScope } from './nested-scope.js';
import type { RunAsOptions } from './nested-scope.js';

/** On the global object, so that two loaded copies of the package see one context. */
const STORAGE = Symbol.for('nestjs-audit-trail:scope');
const shared = globalThis as { [STORAGE]?: AsyncLocalStorage<AuditScope> };
const storage: AsyncLocalStorage<AuditScope> = (shared[STORAGE] ??= new AsyncLocalStorage<AuditScope>());

/**
 * The context in which code runs: whose request it is, for which tenant, under which ids. It follows `await`, timers
 * and callbacks by AsyncLocalStorage. All instances share one context.
 *
 * @publicApi
 */
export class AuditContext {
  /** The surrounding scope; undefined outside of requests and `runAs()`. */
  current(): AuditScope | undefined {
    return storage.getStore();
  }

  /** Runs a function within a scope. Arguments are passed on, so that the hot path needs no closure. */
  run<Arguments extends unknown[], Result>(
    scope: AuditScope,
    work: (...args: Arguments) => Result,
    ...args: Arguments
  ): Result {
    return storage.run(scope, work, ...args);
  }

  /**
   * Runs a function as somebody: for jobs, queue consumers, scripts and tests. Calls nest; what the inner one does not
   * say it takes from the outer one.
   * @returns what the function returns; exceptions pass through
   */
  runAs<Result>(as: RunAsOptions, work: () => Result): Result {
    return storage.run(new NestedScope(as, storage.getStore()), work);
  }

  /**
   * Adds to the event of the surrounding request. Later calls weigh more, metadata is merged. Nothing is written now:
   * the request's one event carries it at its end.
   * @returns false when there is no request around, so nothing was added
   */
  annotate(annotation: Annotation): boolean {
    const root = storage.getStore()?.root;
    if (root === undefined || !root.hasEvent) return false;
    root.annotation = mergeAnnotations(root.annotation, annotation);
    return true;
  }

  /**
   * Completes an event with what surrounds it: actor, tenant, ids and metadata that it does not have itself.
   * @returns a promise only when actor or tenant are still being found
   */
  complete(event: AuditEvent): AuditEvent | Promise<AuditEvent> {
    const scope = storage.getStore();
    if (scope === undefined) return event;
    if (event.actor !== undefined && event.tenant !== undefined) return completed(event, scope);
    const pending = scope.settle();
    return pending === undefined ? completed(event, scope) : pending.then(() => completed(event, scope));
  }
}

function completed(event: AuditEvent, scope: AuditScope): AuditEvent {
  return {
    ...event,
    actor: event.actor ?? scope.actor,
    tenant: event.tenant ?? scope.tenant,
    context: { ...contextOf(scope), ...event.context },
    metadata:
      scope.metadata && event.metadata ? { ...scope.metadata, ...event.metadata } : (event.metadata ?? scope.metadata),
  };
}

/** The ids of a scope, without those that it does not have. */
export function contextOf(scope: AuditScope): EventContext {
  const context: { -readonly [Key in keyof EventContext]: EventContext[Key] } = {};
  if (scope.requestId !== undefined) context.requestId = scope.requestId;
  if (scope.correlationId !== undefined) context.correlationId = scope.correlationId;
  if (scope.traceId !== undefined) context.traceId = scope.traceId;
  if (scope.spanId !== undefined) context.spanId = scope.spanId;
  if (scope.sessionId !== undefined) context.sessionId = scope.sessionId;
  if (scope.transactionId !== undefined) context.transactionId = scope.transactionId;
  return context;
}
