import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import { ChangeNotRecordedError } from '../change-not-recorded.error.js';
import type { ChangeOutput } from '../change-output.interface.js';
import type { RowImage, RowKey } from './row-image.js';
import type { ReturningSupport } from '../returning/returning-support.js';
import { endsMysqlTransaction } from '../typeorm/raw-transaction.js';
import { readByKeys } from './row-reader.js';
import type { TablePlan } from './table-plan.js';

const SAVEPOINT = 'audit_read';

/**
 * Reads rows without breaking the application's transaction. Where a failed statement makes a transaction unusable, the
 * first read of each table happens in a savepoint; once it has worked, what can fail later (a time-out, a deadlock, a
 * lost connection) would have hit the application's own statement as well.
 */
export class GuardedReader {
  private readonly proven = new WeakSet<TablePlan>();

  constructor(
    private readonly output: Pick<ChangeOutput, 'failed' | 'strict'>,
    private readonly returning: ReturningSupport,
  ) {}

  /** @returns undefined when the rows cannot be read; that was reported then */
  byKeys(
    connection: SqlConnection,
    plan: TablePlan,
    keys: readonly RowKey[],
  ): Promise<Map<string, RowImage> | undefined> {
    return this.read(connection, plan, () => readByKeys(connection, plan, keys));
  }

  /** @returns undefined when the read failed; that was reported then */
  read<T>(connection: SqlConnection, plan: TablePlan, work: () => Promise<T>): Promise<T | undefined> {
    return this.proven.has(plan) ? work() : this.prove(connection, plan, work);
  }

  private async prove<T>(connection: SqlConnection, plan: TablePlan, work: () => Promise<T>): Promise<T | undefined> {
    const guarded = plan.dialect.failureAborts && !this.output.strict;
    if (guarded) await connection.query(`SAVEPOINT ${SAVEPOINT}`);
    try {
      const result = await work();
      if (guarded) await connection.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      this.proven.add(plan);
      await this.returning.probe(connection, plan);
      return result;
    } catch (error) {
      if (this.proven.has(plan) || (plan.dialect.name === 'mysql' && endsMysqlTransaction(error))) throw error;
      const doing = `read rows of ${plan.tablePath}`;
      if (this.output.strict) throw new ChangeNotRecordedError(doing, error);
      if (guarded) await connection.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      this.output.failed(error, doing);
      return undefined;
    }
  }
}
