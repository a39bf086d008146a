import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';

/** The options that the capture looks at. */
export type CaptureOptions = Pick<
  ResolvedAuditOptions,
  'http' | 'actor' | 'tenant' | 'durability' | 'auditAnonymous' | 'actorTypeAliases'
>;
