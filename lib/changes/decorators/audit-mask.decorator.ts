import { setPropertyRule } from './entity-policy.js';

/**
 * Records that a column changed, but neither what it was nor what it is.
 *
 * @publicApi
 */
export function AuditMask(): PropertyDecorator {
  return (prototype, property) => setPropertyRule(prototype, String(property), 'mask');
}
