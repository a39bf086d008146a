/** Ids are texts; numbers and ObjectIds become texts, anything else is no id. */
export function identifierOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value === '' ? undefined : value;
    case 'number':
    case 'bigint':
      return String(value);
    case 'object': {
      const toHexString = (value as { toHexString?: unknown } | null)?.toHexString;
      return typeof toHexString === 'function' ? identifierOf(toHexString.call(value)) : undefined;
    }
    default:
      return undefined;
  }
}
