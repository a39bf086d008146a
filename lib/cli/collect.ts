/** Collects an option that may be repeated. */
export function collect(value: string, list: readonly string[]): string[] {
  return [...list, value];
}
