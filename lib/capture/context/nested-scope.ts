import type { Actor, EventReason, TenantRef } from '../../event/audit-event.interface.js';
import type { AuditScope } from './audit-scope.interface.js';
import { InnerScope } from './inner-scope.js';

/**
 * As whom and for whom a piece of work runs.
 *
 * @publicApi
 */
export interface RunAsOptions {
  /** @default the surrounding actor */
  readonly actor?: Actor;
  /** @default the surrounding tenant */
  readonly tenant?: TenantRef;
  /** Ties the work to what caused it. @default the surrounding correlation id */
  readonly correlationId?: string;
  /** Why the entity changes within are made. @default what `annotate` says, or the surrounding reason */
  readonly reason?: EventReason | string;
  /** Added to the metadata of every event within, merged with the surrounding one. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A `runAs()`: what it does not say itself it takes from the scope around it, at the time it is asked. */
export class NestedScope extends InnerScope implements AuditScope {
  readonly root: AuditScope;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;

  constructor(
    private readonly own: RunAsOptions,
    outer: AuditScope | undefined,
  ) {
    super(outer);
    this.root = outer?.root ?? this;
    this.metadata =
      outer?.metadata && own.metadata ? { ...outer.metadata, ...own.metadata } : (own.metadata ?? outer?.metadata);
  }

  get hasEvent(): boolean {
    return this.outer?.hasEvent ?? false;
  }

  get actor(): Actor | undefined {
    return this.own.actor ?? this.outer?.actor;
  }

  get tenant(): TenantRef | undefined {
    return this.own.tenant ?? this.outer?.tenant;
  }

  override get correlationId(): string | undefined {
    return this.own.correlationId ?? this.outer?.correlationId;
  }

  get reason(): EventReason | string | undefined {
    return this.own.reason ?? this.outer?.reason;
  }

  settle(): void | Promise<void> {
    if (this.own.actor !== undefined && this.own.tenant !== undefined) return undefined;
    return this.outer?.settle();
  }
}
