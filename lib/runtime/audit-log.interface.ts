/** Where the library writes its own operational messages; Nest's logger fits. Never receives event contents. */
export interface OperationalLog {
  log(message: string): void;
  warn(message: string): void;
  error(message: string, stack?: string): void;
}
