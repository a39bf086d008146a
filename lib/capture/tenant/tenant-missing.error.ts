/**
 * An event has no tenant although `tenant.required` says it must.
 *
 * @publicApi
 */
export class TenantMissingError extends Error {
  override readonly name = 'TenantMissingError';
  readonly code = 'AUDIT_TENANT_MISSING';

  constructor(action: string) {
    super(
      `The event ${action} has no tenant, but tenant.required is set: it could not be found by tenant. ` +
        'Let a guard or middleware set request.tenant, configure tenant.claim or tenant.resolve, or run the work in ' +
        'AuditService.runAs({ tenant }, …).',
    );
  }
}
