import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import type { TablePlan } from '../rows/table-plan.js';
import { withImages } from './returning-statement.js';
import type { OldRows } from './returning-statement.js';

const SAVEPOINT = 'audit_probe';

/**
 * Knows of which tables of PostgreSQL a statement can return its rows before and after by itself, so that they need not
 * be read separately. A table of which that is not known for certain is read.
 */
export class ReturningSupport {
  private readonly known = new WeakMap<TablePlan, OldRows | undefined>();

  /** @returns undefined when the rows have to be read */
  of(plan: TablePlan): OldRows | undefined {
    return this.known.get(plan);
  }

  /** Finds out, inside the application's transaction and without harm to it. */
  async probe(connection: SqlConnection, plan: TablePlan): Promise<void> {
    if (plan.dialect.name !== 'postgres' || this.known.has(plan)) return;
    this.known.set(plan, undefined);
    const isPlain = await harmless(connection, () => isPlainTable(connection, plan));
    if (!isPlain) return;
    for (const oldRows of ['returned', 'read'] as const) {
      if (!(await harmless(connection, () => takesStatement(connection, plan, oldRows)))) continue;
      this.known.set(plan, oldRows);
      return;
    }
  }
}

/** @returns false when the work failed: no right to look, an older server, a table that is special in an unforeseen way */
async function harmless(connection: SqlConnection, work: () => Promise<boolean>): Promise<boolean> {
  await connection.query(`SAVEPOINT ${SAVEPOINT}`);
  try {
    const result = await work();
    await connection.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    return result;
  } catch {
    await connection.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    return false;
  }
}

/** Neither a view nor a table whose triggers or rules could change a row after the statement has returned it. */
async function isPlainTable(connection: SqlConnection, plan: TablePlan): Promise<boolean> {
  const rows = (await connection.query(
    `SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT EXISTS (` +
      'SELECT 1 FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal) AS plain ' +
      'FROM pg_class WHERE oid = $1::regclass',
    [plan.table],
  )) as { plain: boolean }[];
  return rows[0]?.plain === true;
}

/** Sends the statement in question, on no row. */
async function takesStatement(connection: SqlConnection, plan: TablePlan, oldRows: OldRows): Promise<boolean> {
  const key = plan.escape(plan.keys[0].name);
  const statement = withImages(plan, `UPDATE ${plan.table} SET ${key} = ${key} WHERE ${key} IN ($1)`, oldRows);
  if (!statement) return false;
  await connection.query(statement.sql, [null]);
  return true;
}
