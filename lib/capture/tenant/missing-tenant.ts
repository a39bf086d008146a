import type { AuditEvent } from '../../event/audit-event.interface.js';
import { TenantMissingError } from './tenant-missing.error.js';

/**
 * Whether `tenant.required` is not met. Denied attempts and the system's own events need no tenant; an event that names
 * no actor is the system's.
 */
export function lacksTenant({ tenant, outcome, actor }: AuditEvent): boolean {
  const named = tenant?.id !== undefined || tenant?.slug !== undefined;
  return !named && outcome !== 'denied' && (actor?.type ?? 'system') !== 'system';
}

/**
 * An event that should have a tenant and has none: what has happened is recorded in any case, and says what it lacks.
 * @param tell gets the error that names what to do
 */
export function withoutTenant(event: AuditEvent, tell: (error: TenantMissingError) => void): AuditEvent {
  tell(new TenantMissingError(event.action));
  return {
    ...event,
    reason: event.reason ?? { code: 'tenant_missing' },
    flags: [...(event.flags ?? []), 'degraded'],
    metadata: { ...event.metadata, tenant: 'missing' },
  };
}
