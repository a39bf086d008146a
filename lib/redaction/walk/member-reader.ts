/** Stands for a value whose getter or proxy threw. */
export const UNREADABLE = Symbol('unreadable');

/**
 * Reads a member of an object that may be anything.
 *
 * @param dataOnly leave accessors uncalled: lazy relations of an ORM would query the database
 */
export function readMember(value: object, key: string | number, dataOnly: boolean): unknown {
  try {
    return dataOnly
      ? Object.getOwnPropertyDescriptor(value, key)?.value
      : (value as Record<string | number, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

/** The length of an array, unless a proxy says nonsense about it. */
export function lengthOf(array: readonly unknown[]): number {
  const { length } = array;
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}
