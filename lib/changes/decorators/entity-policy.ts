import type { AuditEntityOptions } from './audit-entity.decorator.js';

/** Shared by two loaded copies of the library (ESM and CommonJS), hence registered by name. */
const ENTITY = Symbol.for('nestjs-audit-trail:entity');
const PROPERTIES = Symbol.for('nestjs-audit-trail:properties');

type PropertyRule = 'ignore' | 'mask';

/** What the decorators of an entity class say, its parent classes included. */
export interface EntityPolicy extends AuditEntityOptions {
  readonly exclude: readonly string[];
  readonly mask: readonly string[];
  readonly reveal: readonly string[];
}

export function setEntityOptions(target: object, options: AuditEntityOptions): void {
  Object.defineProperty(target, ENTITY, { value: options, configurable: true });
}

export function setPropertyRule(prototype: object, property: string, rule: PropertyRule): void {
  const own = Object.getOwnPropertyDescriptor(prototype, PROPERTIES)?.value as Map<string, PropertyRule> | undefined;
  const rules = own ?? new Map<string, PropertyRule>();
  rules.set(property, rule);
  if (!own) Object.defineProperty(prototype, PROPERTIES, { value: rules });
}

/** @param target an entity's class; schemas and tables that are named by a string have no policy */
export function entityPolicyOf(target: unknown): EntityPolicy {
  const options: AuditEntityOptions = (typeof target === 'function' && ownOptions(target)) || {};
  const rules = typeof target === 'function' ? propertyRules(target.prototype as object) : [];
  const named = (rule: PropertyRule) => rules.filter((entry) => entry[1] === rule).map(([property]) => property);
  return {
    ...options,
    exclude: [...(options.exclude ?? []), ...named('ignore')],
    mask: [...(options.mask ?? []), ...named('mask')],
    reveal: options.reveal ?? [],
  };
}

/** Not inherited: a child of a table-per-hierarchy entity has a name of its own. */
function ownOptions(target: object): AuditEntityOptions | undefined {
  return Object.getOwnPropertyDescriptor(target, ENTITY)?.value as AuditEntityOptions | undefined;
}

function propertyRules(prototype: object | null): [string, PropertyRule][] {
  if (!prototype) return [];
  const own = Object.getOwnPropertyDescriptor(prototype, PROPERTIES)?.value as Map<string, PropertyRule> | undefined;
  return [...propertyRules(Object.getPrototypeOf(prototype) as object | null), ...(own ?? [])];
}
