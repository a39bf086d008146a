import type { ColumnMetadata } from '../typeorm/metadata.types.js';
import type { ColumnReader } from './readers.js';

/** Where reading rows differs between the databases. */
export interface RowDialect {
  readonly name: 'postgres' | 'mysql' | 'sqlite';
  /** Takes the lock that the write itself is about to take, no stronger. Empty where rows can't be locked. */
  readonly lockForUpdate: string;
  /** The same for rows that are going to be deleted. */
  readonly lockForDelete: string;
  /**
   * Added to a read of rows that this transaction has written. MySQL's snapshot would show a row that the statement
   * locked but found to be equal already as it was when the transaction began.
   */
  readonly lockWritten: string;
  /**
   * A statement without effect that takes the lock which the first write of a transaction needs. SQLite refuses a write
   * at once, without waiting its turn, when the transaction has read before and somebody else has written since.
   */
  claim?(table: string, column: string): string;
  /**
   * SQL that says of a row which the transaction sees who made it so: `inserted` or `updated` by this transaction, or
   * `foreign`. Absent where the database does not tell.
   */
  readonly origin?: string;
  /** Whether rows that match a statement can appear between the reading of its rows and the statement itself. */
  readonly rowsCanAppear: boolean;
  /** Parameters of one statement at most. */
  readonly maxParameters: number;
  /** Whether a statement that fails leaves the transaction unusable. */
  readonly failureAborts: boolean;
  placeholder(position: number): string;
  /** How a column of this type is read. */
  reader(column: ColumnMetadata): ColumnReader;
}

/** A column's type as it was declared, in lower case; JavaScript's `String`, `Number`, … by their names. */
export function declaredType(column: ColumnMetadata): string {
  const { type } = column;
  return (typeof type === 'function' ? type.name : String(type)).toLowerCase();
}
