import { imageOf } from '../rows/row-image.js';
import type { RowImage } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';

const BEFORE = 'audit_b';
const AFTER = 'audit_a';
const KEY = 'audit_key';
const OLD = 'audit_old';
const NEW = 'audit_new';

/** A row of one statement. */
export interface ReturnedRow {
  readonly before: RowImage | null;
  /** Undefined when it is not known yet. */
  readonly after: RowImage | null | undefined;
}

/** A statement that returns its rows before and after, besides what it returned anyhow. */
export interface ReturningStatement {
  readonly sql: string;
  /** Takes the images out of a result, so that it looks as the original statement's. */
  take(result: StructuredResult): ReturnedRow[];
}

/** TypeORM's result of a query, as far as it is used. */
export interface StructuredResult {
  raw: unknown;
  records: Record<string, unknown>[];
  affected?: number;
}

const CRITERIA = String.raw`(?:= \$\d+|IN \([$\d, ]+\))`;

/**
 * How an UPDATE tells what its rows were: PostgreSQL 18 returns old rows; before it, the same statement reads and locks
 * them first.
 */
export type OldRows = 'returned' | 'read';

/** UPDATE or DELETE by primary key, by plan. */
const BY_KEY = new WeakMap<TablePlan, RegExp>();
const INSERT = /^(INSERT INTO .*?)(?: RETURNING ((?:"[^"]+"(?:, )?)+))?$/s;

/**
 * Adds the images of its rows to a statement of PostgreSQL that TypeORM has made: an INSERT, or an UPDATE or DELETE by
 * primary key.
 *
 * @returns undefined for a statement that looks different
 */
export function withImages(plan: TablePlan, sql: string, oldRows: OldRows): ReturningStatement | undefined {
  const match = byKeyPattern(plan).exec(sql);
  if (match) return match[1] === 'UPDATE' ? update(plan, match, oldRows) : remove(plan, match);
  const insert = INSERT.exec(sql);
  return insert && !/ RETURNING | ON CONFLICT /.test(insert[1])
    ? statement(plan, insert[1], insert[2], plan.selectAs(AFTER))
    : undefined;
}

function byKeyPattern(plan: TablePlan): RegExp {
  let pattern = BY_KEY.get(plan);
  if (!pattern) {
    const key = escaped(plan.escape(plan.keys[0].name));
    pattern = new RegExp(String.raw`^(UPDATE|DELETE FROM) (.*) WHERE (${key} ${CRITERIA})(?: RETURNING (.*))?$`, 's');
    BY_KEY.set(plan, pattern);
  }
  return pattern;
}

function update(plan: TablePlan, match: RegExpExecArray, oldRows: OldRows): ReturningStatement {
  const [, , rest, criteria, returning] = match;
  if (oldRows === 'returned') {
    const images = `${plan.selectAs(BEFORE, `${OLD}.`)}, ${plan.selectAs(AFTER, `${NEW}.`)}`;
    const names = ` WITH (OLD AS ${OLD}, NEW AS ${NEW})`;
    return statement(plan, `UPDATE ${rest} WHERE ${criteria}`, returning, images, names);
  }
  const key = plan.escape(plan.keys[0].name);
  const before = `SELECT ${plan.selectAs(BEFORE)}, ${key} AS ${KEY} FROM ${plan.table} WHERE ${criteria}`;
  const head =
    `WITH audit_before AS (${before}${plan.dialect.lockForUpdate}) UPDATE ${rest} FROM audit_before ` +
    `WHERE ${criteria} AND audit_before.${KEY} = ${plan.table}.${key}`;
  return statement(plan, head, returning, `audit_before.*, ${plan.selectAs(AFTER)}`);
}

function remove(plan: TablePlan, [, , table, criteria, returning]: RegExpExecArray): ReturningStatement {
  return statement(plan, `DELETE FROM ${table} WHERE ${criteria}`, returning, plan.selectAs(BEFORE));
}

function statement(
  plan: TablePlan,
  head: string,
  returning: string | undefined,
  images: string,
  names = '',
): ReturningStatement {
  const sql = `${head} RETURNING${names} ${returning === undefined ? '' : `${returning}, `}${images}`;
  return { sql, take: (result) => take(plan, result, returning !== undefined) };
}

function take(plan: TablePlan, result: StructuredResult, returnedRows: boolean): ReturnedRow[] {
  const rows = result.records.map((record): ReturnedRow => ({
    before: image(plan, record, BEFORE),
    after: image(plan, record, AFTER),
  }));
  const records = returnedRows ? result.records.map(withoutImages) : [];
  result.records = records;
  // INSERT gives the rows, UPDATE and DELETE give the rows and their number.
  result.raw = Array.isArray(result.raw) && typeof result.raw[1] === 'number' ? [records, result.raw[1]] : records;
  return rows;
}

function image(plan: TablePlan, record: Record<string, unknown>, prefix: string): RowImage | null {
  return Object.hasOwn(record, `${prefix}0`) ? imageOf(plan, record, prefix) : null;
}

const IMAGE_COLUMN = new RegExp(`^(?:${KEY}|(?:${BEFORE}|${AFTER})k?\\d+)$`);

function withoutImages(record: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(record)) if (!IMAGE_COLUMN.test(name)) kept[name] = record[name];
  return kept;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
