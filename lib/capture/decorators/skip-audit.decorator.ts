import { SetMetadata } from '@nestjs/common';
import { SKIP_AUDIT_METADATA } from '../../audit.constants.js';

/**
 * Never records a controller or a handler, refused attempts included. `@Audit()` on a handler weighs more than
 * `@SkipAudit()` on its controller.
 *
 * @publicApi
 */
export function SkipAudit(): ClassDecorator & MethodDecorator {
  return SetMetadata(SKIP_AUDIT_METADATA, true);
}
