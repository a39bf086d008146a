export { AuditContext } from './context/audit-context.js';
export type { AuditScope } from './context/audit-scope.interface.js';
export type { RunAsOptions } from './context/nested-scope.js';
export type { Annotation } from './context/annotation.interface.js';
export { Audit } from './decorators/audit.decorator.js';
export { SkipAudit } from './decorators/skip-audit.decorator.js';
export type {
  AuditRouteContext,
  AuditRouteOptions,
  ResourceIdSource,
} from './decorators/audit-route-options.interface.js';
export type { Durability, EventRecorder } from './event-recorder.port.js';
export type { CaptureFailureHandler } from './capture-failure.js';
export type { CaptureOptions } from './capture-options.interface.js';
export { CaptureRuntime } from './capture-runtime.js';
export { captureProviders } from './capture.providers.js';
export { lacksTenant } from './tenant/missing-tenant.js';
export { TenantMissingError } from './tenant/tenant-missing.error.js';
export { AUDIT_METADATA, SKIP_AUDIT_METADATA } from '../audit.constants.js';
