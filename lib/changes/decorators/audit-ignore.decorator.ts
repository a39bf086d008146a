import { setPropertyRule } from './entity-policy.js';

/**
 * Leaves a column, an embedded object or a relation out of the trail: it is neither compared nor recorded.
 *
 * @publicApi
 */
export function AuditIgnore(): PropertyDecorator {
  return (prototype, property) => setPropertyRule(prototype, String(property), 'ignore');
}
