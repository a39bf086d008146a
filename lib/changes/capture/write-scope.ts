import type { QueryRunner } from 'typeorm';
import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import type { TransactionJournal } from '../journal/transaction-journal.js';
import type { TransactionRecorder } from '../journal/transaction-recorder.js';
import type { TablePlan } from '../rows/table-plan.js';
import { directConnection } from '../typeorm/direct-connection.js';
import { transactionDepth } from '../typeorm/typeorm-internals.js';

/** Where a write happens: on which connection, and what its transaction has written so far. */
export class WriteScope {
  /** For statements of the trail's own. */
  readonly connection: SqlConnection;

  constructor(
    readonly runner: QueryRunner,
    readonly journal: TransactionJournal,
    private readonly recorder: TransactionRecorder,
  ) {
    this.connection = directConnection(runner);
  }

  /** Depth of the savepoint, 1 for the transaction itself. */
  get depth(): number {
    return Math.max(transactionDepth(this.runner), 1);
  }

  /** Whether the write lock has to be taken before rows are read, where that makes a difference. */
  mustClaim(plan: TablePlan): boolean {
    return plan.dialect.claim !== undefined && !this.journal.claimed;
  }

  async claim(plan: TablePlan): Promise<void> {
    const sql = plan.dialect.claim?.(plan.table, plan.escape(plan.columns[0].name));
    if (sql) await this.connection.query(sql);
    this.journal.claimed = true;
  }

  settle(plans: Parameters<TransactionRecorder['settle']>[2]): Promise<void> {
    return this.recorder.settle(this.runner, this.journal, plans);
  }
}
