import type { QueryRunner } from 'typeorm';
import { rawSavepoint } from './typeorm/raw-savepoint.js';
import type { DataSourceCapture } from './capture/data-source-capture.js';

interface TransactionEvent {
  readonly queryRunner: QueryRunner;
}

interface QueryEvent extends TransactionEvent {
  readonly query: string;
  readonly success: boolean;
  readonly error?: unknown;
}

/** Tells a capture how the transactions of its DataSource go. TypeORM awaits what it returns. */
export class TransactionSubscriber {
  readonly afterTransactionStart: ((event: TransactionEvent) => Promise<void>) | undefined;

  constructor(private readonly capture: DataSourceCapture) {
    this.afterTransactionStart = capture.triggers && (({ queryRunner }) => capture.afterStart(queryRunner));
  }

  /** Of a statement only the kind is looked at: it holds values. */
  afterQuery({ queryRunner, query, success, error }: QueryEvent): void {
    const { transactions } = this.capture;
    if (!success) return transactions.noteFailure(queryRunner, error);
    const savepoint = rawSavepoint(query);
    if (savepoint) transactions.savepoint(queryRunner, savepoint);
  }

  beforeTransactionCommit({ queryRunner }: TransactionEvent): Promise<void> {
    return this.capture.beforeCommit(queryRunner);
  }

  afterTransactionCommit({ queryRunner }: TransactionEvent): void {
    this.capture.afterCommit(queryRunner);
  }

  beforeTransactionRollback({ queryRunner }: TransactionEvent): Promise<void> {
    return this.capture.beforeRollback(queryRunner);
  }

  afterTransactionRollback({ queryRunner }: TransactionEvent): void {
    this.capture.afterRollback(queryRunner);
  }
}
