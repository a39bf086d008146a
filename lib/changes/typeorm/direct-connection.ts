import type { QueryRunner } from 'typeorm';
import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import { dataSourceOf } from './typeorm-internals.js';

interface Statement {
  readonly reader: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): unknown;
}

interface Handle {
  readonly open: boolean;
  prepare(sql: string): Statement;
}

const MAX_STATEMENTS = 300;
const STATEMENTS = new WeakMap<Handle, Map<string, Statement>>();

/**
 * The connection of a runner for statements of the trail's own. On SQLite they go straight to the driver: that saves most
 * of what a statement costs there, and the application's query log shows only the application's queries.
 */
export function directConnection(runner: QueryRunner): SqlConnection {
  const { databaseConnection: handle } = (dataSourceOf(runner)?.driver ?? {}) as {
    databaseConnection?: Partial<Handle>;
  };
  return typeof handle?.prepare === 'function' ? new SqliteConnection(handle as Handle) : runner;
}

class SqliteConnection implements SqlConnection {
  constructor(private readonly handle: Handle) {}

  async query(sql: string, parameters: unknown[] = []): Promise<unknown> {
    const statement = this.prepared(sql);
    // The driver binds no booleans.
    const bound = parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    return statement.reader ? statement.all(...bound) : statement.run(...bound);
  }

  private prepared(sql: string): Statement {
    let statements = STATEMENTS.get(this.handle);
    if (!statements) STATEMENTS.set(this.handle, (statements = new Map()));
    let statement = statements.get(sql);
    if (!statement) {
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      statements.set(sql, (statement = this.handle.prepare(sql)));
    }
    return statement;
  }
}
