/** How instances of one class are written as text. @publicApi */
export interface ValueType {
  /** For error messages and documentation. */
  readonly name: string;
  /** Whether a value is of this type. May throw; then it is not. */
  matches(value: object): boolean;
  /** The value as text. May throw; then the value is marked as unreadable. */
  text(value: object): string;
}

type TextMethod = 'toString' | 'toISOString' | 'toISO' | 'toHexString';

const byClass = (name: string, method: TextMethod): ValueType => ({
  name,
  matches: (value) => classNameOf(value) === name,
  text: (value) => (value as Record<TextMethod, () => string>)[method](),
});

/**
 * Number, id and time classes of common libraries, whose own data means nothing to a reader. Known by the name of the
 * class, because several copies of a library may be loaded.
 */
export const DEFAULT_TYPES: readonly ValueType[] = [
  byClass('Decimal', 'toString'),
  byClass('Big', 'toString'),
  byClass('BigNumber', 'toString'),
  byClass('Long', 'toString'),
  byClass('ObjectId', 'toHexString'),
  byClass('ObjectID', 'toHexString'),
  byClass('UUID', 'toString'),
  byClass('Moment', 'toISOString'),
  byClass('DateTime', 'toISO'),
  {
    name: 'Dayjs',
    matches: (value) => (value as { $isDayjsObject?: unknown }).$isDayjsObject === true,
    text: (value) => (value as { toISOString(): string }).toISOString(),
  },
  {
    name: 'Temporal',
    matches: (value) => Object.prototype.toString.call(value).startsWith('[object Temporal.'),
    text: (value) => String(value),
  },
];

/** The name of the class that made an object, from its prototype, since data can have a member `constructor` too. */
export function classNameOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return undefined;
  const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
