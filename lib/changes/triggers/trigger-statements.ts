import type { DataSource } from 'typeorm';
import type { ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import { isRecorded } from '../events/junction.js';
import type { CaptureSelection } from '../rows/capture-rules.js';
import { postgresRowDialect } from '../rows/postgres-row.dialect.js';
import { TablePlans } from '../rows/table-plans.js';
import type { PlannedColumn, TablePlan } from '../rows/table-plan.js';

const PROBE = 'a value';

/**
 * The calls of `audit_attach` for the entities of a DataSource, for a migration of the application. Columns that the
 * entities mask, and those whose names redaction hides, are masked by the trigger already, so that their values do not
 * even get into the outbox.
 *
 * @param dataSource initialised, of PostgreSQL
 */
export function triggerStatements(
  dataSource: DataSource,
  sanitizer: ValueSanitizer,
  selection: Partial<CaptureSelection> = {},
): string[] {
  const { entities = ['*'], exclude = [], requireReason = [] } = selection;
  const plans = new TablePlans(dataSource, postgresRowDialect, { entities, exclude, requireReason });
  const recorded = new Set(dataSource.entityMetadatas.map((metadata) => plans.of(metadata)).filter(isRecorded));
  return [...recorded].map((plan) => statementFor(plan, sanitizer));
}

function statementFor(plan: TablePlan, sanitizer: ValueSanitizer): string {
  const planned = new Map(plan.columns.map((column) => [column.name, column]));
  const all = [plan.metadata, ...plan.metadata.childEntityMetadatas].flatMap(({ columns }) => columns);
  const names = [...new Set(all.filter((column) => !column.isVirtualProperty).map(({ databaseName }) => databaseName))];
  const ignored = names.filter((name) => !planned.has(name));
  const masked = [...planned.values()].filter((column) => column.masked || isHidden(column, sanitizer));
  const list = (columns: readonly string[]) => `ARRAY[${columns.map(literal).join(', ')}]::text[]`;
  return (
    `SELECT audit_attach(${literal(plan.table)}, ${literal(plan.faceOf().resource)}, ` +
    `masked => ${list(masked.map(({ name }) => name))}, ignored => ${list(ignored)})`
  );
}

function isHidden({ path, metadata }: PlannedColumn, sanitizer: ValueSanitizer): boolean {
  if (metadata.isPrimary) return false;
  const { value } = sanitizer.sanitize({ [path]: PROBE }, 'changes');
  return (value as Record<string, unknown>)[path] !== PROBE;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
