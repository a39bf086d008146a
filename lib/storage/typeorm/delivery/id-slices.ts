const IDS_PER_STATEMENT = 500;

/** Ids in lists that every driver takes. */
export function* slices(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += IDS_PER_STATEMENT) yield ids.slice(from, from + IDS_PER_STATEMENT);
}

export function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
