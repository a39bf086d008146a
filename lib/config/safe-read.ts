const LONGEST_LIST = 10_000;

/** Options come from anywhere, and even looking at a hostile object may throw (a getter, a revoked proxy). */

export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** An object whose own members are meant: a literal or an instance of a class, but no Map, Date, Promise, … */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isList(value)) return false;
  try {
    return Object.prototype.toString.call(value) === '[object Object]';
  } catch {
    return false;
  }
}

/** Own enumerable names; undefined if the object refuses to tell. */
export function namesOf(record: object): string[] | undefined {
  try {
    return Object.keys(record);
  } catch {
    return undefined;
  }
}

/** Whether a value can be looked at; a revoked proxy throws at the first touch. */
export function isInspectable(value: unknown): boolean {
  try {
    return value instanceof Object || true;
  } catch {
    return false;
  }
}

/** An own member. Inherited ones never count, so that a polluted prototype cannot set options. */
export function readOwn(record: object, name: string): { readonly value: unknown } | undefined {
  try {
    const value = Object.hasOwn(record, name) ? (record as Record<string, unknown>)[name] : undefined;
    return isInspectable(value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** A copy of a list's items; undefined if it is no list, too long or refuses to be read. */
export function itemsOf(list: unknown): unknown[] | undefined {
  try {
    return Array.isArray(list) && list.length <= LONGEST_LIST ? Array.from(list) : undefined;
  } catch {
    return undefined;
  }
}
