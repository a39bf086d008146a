/** Savepoints that TypeORM makes are told by its events, those of the trail hold no writes of the application. */
const RAW_SAVEPOINT =
  /^\s*(SAVEPOINT|ROLLBACK\s+(?:WORK\s+|TRANSACTION\s+)?TO(?:\s+SAVEPOINT)?)\s+(?!SAVEPOINT\s|typeorm_|audit_)["`]?([^"`;\s]+)/i;

export interface RawSavepoint {
  readonly name: string;
  /** The transaction went back to it; otherwise it was set. */
  readonly isRollback: boolean;
}

/** Whether a statement of the application sets a savepoint, or goes back to one. */
export function rawSavepoint(sql: string): RawSavepoint | undefined {
  const match = RAW_SAVEPOINT.exec(sql);
  return match ? { name: match[2].toLowerCase(), isRollback: match[1].length > 'SAVEPOINT'.length } : undefined;
}
