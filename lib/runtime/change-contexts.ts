import { AuditContext, contextOf } from '../capture/context/audit-context.js';
import type { AuditScope } from '../capture/context/audit-scope.interface.js';
import type { ChangeContext, ChangeContextReader } from '../changes/change-context.interface.js';
import type { Actor, EventContext, EventReason, TenantRef } from '../event/audit-event.interface.js';

/** A request or a `runAs()` as entity changes see it. Asked late: an actor may become known only on the way. */
class ScopeContext implements ChangeContext {
  constructor(private readonly scope: AuditScope) {}

  get actor(): Actor | undefined {
    return this.scope.actor;
  }

  get tenant(): TenantRef | undefined {
    return this.scope.tenant;
  }

  get context(): EventContext {
    return contextOf(this.scope);
  }

  get reason(): EventReason | string | undefined {
    return this.scope.reason ?? this.scope.root.annotation?.reason;
  }

  get metadata(): Readonly<Record<string, unknown>> | undefined {
    return this.scope.metadata;
  }

  settle(): void | Promise<void> {
    return this.scope.settle();
  }

  changed(count: number): void {
    this.scope.root.changeCount += count;
  }
}

/** Finds who is behind a write: the scope around it, the same object each time. Without a scope it is the system. */
export function scopeReader(context = new AuditContext()): ChangeContextReader {
  const known = new WeakMap<AuditScope, ScopeContext>();
  return () => {
    const scope = context.current();
    if (scope === undefined) return undefined;
    let found = known.get(scope);
    if (!found) known.set(scope, (found = new ScopeContext(scope)));
    return found;
  };
}
