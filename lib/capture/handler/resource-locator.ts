import { identifierOf } from '../identifier.js';
import type { AuditRouteContext, ResourceIdSource } from '../decorators/audit-route-options.interface.js';

const DEFAULT_SOURCE: ResourceIdSource = { param: 'id' };
const MAX_PATH_PARTS = 16;

/**
 * Finds the id of what a handler deals with, by what `@Audit()` says or the route's `:id`.
 *
 * @param params all that most routes are asked for, and cheaper than the whole context
 */
export function locateResourceId(
  source: ResourceIdSource | undefined,
  params: () => AuditRouteContext['params'] | undefined,
  context: () => AuditRouteContext,
): string | undefined {
  const from = source ?? DEFAULT_SOURCE;
  if (typeof from === 'function') return identifierOf(from(context()));
  if ('param' in from) return identifierOf(params()?.[from.param]);
  if ('body' in from) return identifierOf(valueAt(context().body, from.body));
  return identifierOf(valueAt(context().response, from.response));
}

/** The value at a dotted path; own members only, so that a path cannot wander into prototypes. */
export function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const part of path.split('.', MAX_PATH_PARTS)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value;
}
