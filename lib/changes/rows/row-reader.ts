import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import { imageOf, looseKey } from './row-image.js';
import type { RowImage, RowKey } from './row-image.js';
import type { TablePlan } from './table-plan.js';

/** Rows found by one statement; a longer list of keys is cut into several. */
const ROWS_AT_ONCE = 1_000;

/** Runs a finished statement and reads its rows. */
export async function readRows(
  connection: SqlConnection,
  plan: TablePlan,
  sql: string,
  parameters: readonly unknown[],
): Promise<RowImage[]> {
  const rows = (await connection.query(sql, parameters as unknown[])) as Record<string, unknown>[];
  return rows.map((row) => imageOf(plan, row));
}

/** SQL condition that names rows by the values of some columns. Parameters come after `offset` others. */
export function rowsCondition(
  plan: TablePlan,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  offset = 0,
): string {
  const escaped = columns.map((column) => plan.escape(column));
  let position = offset;
  const place = () => plan.dialect.placeholder(++position);
  if (escaped.length === 1) return `${escaped[0]} IN (${rows.map(place).join(', ')})`;
  const tuples = rows.map((row) => `(${row.map(place).join(', ')})`);
  // SQLite takes a list of tuples only as VALUES.
  const list = plan.dialect.name === 'sqlite' ? `VALUES ${tuples.join(', ')}` : tuples.join(', ');
  return `(${escaped.join(', ')}) IN (${list})`;
}

/** The same for a query builder, whose parameters have names. */
export function namedCondition(
  plan: TablePlan,
  keys: readonly RowKey[],
): { condition: string; parameters: Record<string, unknown> } {
  if (keys.length === 0) return { condition: '1 = 0', parameters: {} };
  const parameters: Record<string, unknown> = {};
  const escaped = plan.keys.map(({ name }) => plan.escape(name));
  const tuples = keys.map((key, row) => {
    const names = key.parameters.map((value, n) => {
      parameters[`audit_key_${row}_${n}`] = value;
      return `:audit_key_${row}_${n}`;
    });
    return names.length === 1 ? names[0] : `(${names.join(', ')})`;
  });
  const columns = escaped.length === 1 ? escaped[0] : `(${escaped.join(', ')})`;
  return { condition: `${columns} IN (${tuples.join(', ')})`, parameters };
}

/** The rows with these values in these columns, such as keys or the columns of a unique index. */
export async function readRowsBy(
  connection: SqlConnection,
  plan: TablePlan,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  suffix = '',
  select = plan.select,
): Promise<RowImage[]> {
  const images: RowImage[] = [];
  const atOnce = Math.min(ROWS_AT_ONCE, Math.floor(plan.dialect.maxParameters / Math.max(columns.length, 1)));
  for (let from = 0; from < rows.length; from += atOnce) {
    const part = rows.length <= atOnce ? rows : rows.slice(from, from + atOnce);
    const sql = selectBy(plan, columns, part, suffix, select);
    const found = (await connection.query(sql, part.flat())) as Record<string, unknown>[];
    for (const raw of found) images.push(imageOf(plan, raw));
  }
  return images;
}

const KEPT_STATEMENTS = 50;

function selectBy(
  plan: TablePlan,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  suffix: string,
  select: string,
): string {
  const usual = select === plan.select && columns === plan.keyNames;
  const id = `${rows.length}${suffix}`;
  const known = usual ? plan.statements.get(id) : undefined;
  if (known !== undefined) return known;
  const sql = `SELECT ${select} FROM ${plan.table} WHERE ${rowsCondition(plan, columns, rows)}${suffix}`;
  if (usual && plan.statements.size < KEPT_STATEMENTS) plan.statements.set(id, sql);
  return sql;
}

/**
 * The rows with these keys as they are now.
 * @returns by {@link RowKey.text} of the key asked for; a key without an entry has no row
 */
export async function readByKeys(
  connection: SqlConnection,
  plan: TablePlan,
  keys: readonly RowKey[],
  lock = plan.dialect.lockWritten,
): Promise<Map<string, RowImage>> {
  const wanted = [...new Map(keys.map((key) => [key.text, key])).values()];
  const parameters = wanted.map((key) => key.parameters);
  const images = await readRowsBy(connection, plan, plan.keyNames, parameters, lock);
  const found = new Map(images.map((image) => [image.key.text, image]));
  const missing = wanted.filter(({ text }) => !found.has(text));
  if (missing.length === 0 || images.length === 0) return found;
  // The application gave the key of a new row in a form that the database does not print.
  const loose = new Map(images.map((image) => [looseKey(image.key.text), image]));
  for (const { text } of missing) {
    const image = loose.get(looseKey(text));
    if (image) found.set(text, image);
  }
  return found;
}
