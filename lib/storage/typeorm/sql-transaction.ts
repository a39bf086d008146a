/** A value that is the same in every dialect. There are no dates and booleans among them, on purpose. */
export type SqlValue = string | number | bigint | null | Uint8Array;

export interface SqlStatement {
  /** SQL with `?` for its parameters, in every dialect. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

export interface SqlResult {
  /** Rows as the driver gives them: eight-byte integers may be strings, see {@link toNumber}. */
  readonly rows: readonly unknown[];
  /** Rows inserted, updated or deleted (matched by the condition, whether or not a value changed). */
  readonly affected: number;
}

/** What a transaction does: a generator whose `yield*` hands over one statement and gives back its result. */
export type SqlWork<T> = (tx: SqlTransaction) => Generator<SqlStatement, T, SqlResult>;

/**
 * The statements of a transaction, for use with `yield*`:
 *
 * ```ts
 * await database.transaction(function* (tx) {
 *   const [row] = yield* tx.query<{ size: string }>('SELECT size FROM audit_head WHERE id = ?', [1]);
 *   return yield* tx.execute('UPDATE audit_head SET origin = ? WHERE id = ?', ['example.org/log', 1]);
 * });
 * ```
 *
 * A generator, because it can wait for nothing but its own statements. So no lock is ever held during an unrelated
 * wait, and on SQLite, where the whole process shares one connection, a transaction runs in a single turn of the
 * event loop: no other code can slip a statement into it.
 */
export class SqlTransaction {
  /** Runs a statement and gives its rows. */
  *query<T>(sql: string, params: readonly SqlValue[] = []): Generator<SqlStatement, T[], SqlResult> {
    const result = yield { sql, params };
    return result.rows as T[];
  }

  /** Runs a statement and gives the number of rows it wrote. */
  *execute(sql: string, params: readonly SqlValue[] = []): Generator<SqlStatement, number, SqlResult> {
    const result = yield { sql, params };
    return result.affected;
  }
}

const DECIMAL = /^(?:0|-?[1-9][0-9]*)$/;

/**
 * An eight-byte integer as the drivers give it (number, bigint or text) as a number. SQLite keeps any type in any column,
 * and what only looks like the number to JavaScript (`0x18`, the bytes of a text) is another value in SQL.
 *
 * @throws RangeError beyond 2^53, and for what is no integer
 */
export function toNumber(value: unknown): number {
  const isInteger =
    typeof value === 'string' ? DECIMAL.test(value) : typeof value === 'number' || typeof value === 'bigint';
  const number = isInteger ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(`The database gave ${String(value)} where an integer below 2^53 belongs. The row is damaged.`);
  }
  return number;
}
