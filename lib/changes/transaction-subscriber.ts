import type { QueryRunner } from 'typeorm';
import { mayHaveEndedTransaction } from './typeorm/raw-transaction.js';
import type { DataSourceCapture } from './capture/data-source-capture.js';

interface TransactionEvent {
  readonly queryRunner: QueryRunner;
}

interface QueryEvent extends TransactionEvent {
  readonly success: boolean;
  readonly error?: unknown;
}

/** Tells a capture how the transactions of its DataSource go. TypeORM awaits what it returns. */
export class TransactionSubscriber {
  readonly afterTransactionStart: ((event: TransactionEvent) => Promise<void>) | undefined;
  /** Only the kind of a failure is looked at, never the statement: it holds values. */
  readonly afterQuery: ((event: QueryEvent) => void) | undefined;

  constructor(
    private readonly capture: DataSourceCapture,
    serverEndsTransactions: boolean,
  ) {
    this.afterTransactionStart = capture.triggers && (({ queryRunner }) => capture.afterStart(queryRunner));
    this.afterQuery = !serverEndsTransactions
      ? undefined
      : ({ queryRunner, success, error }) => {
          if (!success && mayHaveEndedTransaction(error)) this.capture.transactions.suspect(queryRunner);
        };
  }

  beforeTransactionCommit({ queryRunner }: TransactionEvent): Promise<void> {
    return this.capture.beforeCommit(queryRunner);
  }

  afterTransactionCommit({ queryRunner }: TransactionEvent): void {
    this.capture.afterCommit(queryRunner);
  }

  afterTransactionRollback({ queryRunner }: TransactionEvent): void {
    this.capture.afterRollback(queryRunner);
  }
}
