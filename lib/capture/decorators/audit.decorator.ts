import { SetMetadata } from '@nestjs/common';
import { AUDIT_METADATA } from '../../audit.constants.js';
import type { AuditRouteOptions } from './audit-route-options.interface.js';

/**
 * Says how a controller or a handler is recorded, and that it is recorded whatever its method: reads too.
 *
 * ```ts
 * @Audit({ action: 'invoice.approve', resource: { type: 'invoice', id: { param: 'id' } }, durability: 'strict' })
 * @Post(':id/approval')
 * approve(@Param('id') id: string) {}
 * ```
 *
 * The metadata key is {@link AUDIT_METADATA}, so it can be composed with `applyDecorators` or set by other means.
 *
 * @publicApi
 */
export function Audit(options: AuditRouteOptions = {}): ClassDecorator & MethodDecorator {
  return SetMetadata(AUDIT_METADATA, options);
}
