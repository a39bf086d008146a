import { declaredType } from '../rows/row-dialect.interface.js';
import { keyTextOf } from '../rows/row-image.js';
import type { RowImage } from '../rows/row-image.js';
import type { RowValue } from '../rows/row-value.js';
import type { PlannedColumn, TablePlan } from '../rows/table-plan.js';
import type { RowTexts } from './trigger-payload.js';

const WITH_OFFSET = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::?\d\d)?|Z)$/;
const WITHOUT_OFFSET = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/;
const PADDED = ['char', 'character', 'bpchar'];

/** The same image that reading the row would give, from the texts of a trigger. */
export function imageOfTexts(plan: TablePlan, texts: RowTexts): RowImage {
  const values = plan.columns.map((column): RowValue => {
    const text = texts[column.name];
    // Only whether it changed is to be seen, so the mark need not have the column's type.
    if (text === null || text === undefined) return null;
    return column.masked || isMark(text) ? text : valueOf(column, text);
  });
  return { values, key: { text: keyTextOf(plan, values), parameters: [] } };
}

function valueOf(column: PlannedColumn, text: string): RowValue {
  if (text === 'true' || text === 'false') {
    if (column.reader.kind === 'boolean') return text === 'true';
  }
  if (PADDED.includes(declaredType(column.metadata))) return text.trimEnd();
  return column.reader.value(column.reader.kind === 'timestamp' ? timestampOf(text) : text);
}

function isMark(text: string): boolean {
  return text === '*' || text === '**';
}

/** JSON prints a timestamp in the session's time zone and drops zeros at its end. */
function timestampOf(text: string): string {
  const zoned = WITH_OFFSET.exec(text);
  if (zoned) {
    const offset = /^[+-]\d\d$/.test(zoned[3]) ? `${zoned[3]}:00` : zoned[3];
    const utc = new Date(`${zoned[1]}${offset}`).toISOString().slice(0, 19);
    return `${utc}.${(zoned[2] ?? '').padEnd(6, '0')}Z`;
  }
  const local = WITHOUT_OFFSET.exec(text);
  return local ? `${local[1]}.${(local[2] ?? '').padEnd(6, '0')}` : text;
}
