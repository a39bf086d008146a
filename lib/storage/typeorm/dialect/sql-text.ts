/** `(?, ?), (?, ?)` for `rows` rows of `columns` values. */
export function valuesList(columns: number, rows: number): string {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  return Array.from({ length: rows }, () => row).join(', ');
}

/** `INSERT INTO table (a, b) VALUES (?, ?), …` */
export function insertInto(table: string, columns: readonly string[], rows = 1): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${valuesList(columns.length, rows)}`;
}

/** Columns that are not among the keys. */
export function withoutKeys(columns: readonly string[], keys: readonly string[]): string[] {
  return columns.filter((column) => !keys.includes(column));
}

const QUOTED_OR_PLACEHOLDER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

/** Numbers the `?` of a statement that stand outside quotes: `$1`, `$2`, … */
export function numberPlaceholders(sql: string): string {
  let count = 0;
  return sql.replace(QUOTED_OR_PLACEHOLDER, (part) => (part === '?' ? `$${++count}` : part));
}
