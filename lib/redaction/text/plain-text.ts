/**
 * The text of a value that should have been one. Errors give their message, other objects nothing: their `toString` is
 * code of strangers, and their members have names that rules would have to see.
 */
export function plainText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString(16).length > 1024 ? '' : String(value);
    case 'object':
      return value === null ? '' : objectText(value);
    default:
      return '';
  }
}

function objectText(value: object): string {
  try {
    if (!(value instanceof Error)) return '';
    const { message } = value;
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}
