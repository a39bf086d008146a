/** Where the log is kept, as plain data that can cross into a worker thread. */
export interface StorageOptions {
  readonly type: 'sqlite' | 'postgres' | 'mysql' | 'memory' | 'file' | 'datasource';
  /** File of `sqlite` (default `./audit.sqlite`) and `file` (default `./audit.jsonl`); `:memory:` is a SQLite database that ends with the process. */
  readonly path?: string;
  /** Connection URL of `postgres` and `mysql`. */
  readonly url?: string;
  /** Name of the application's DataSource, for `datasource`. */
  readonly dataSource?: string;
  /** Create missing tables at start. @default true for `sqlite`, else false */
  readonly migrate?: boolean;
  /** Most connections of `postgres` and `mysql`. @default 5 */
  readonly poolSize?: number;
  /** How long to wait for another writer's lock, in milliseconds, for `sqlite` and `file`. @default 5000 */
  readonly lockWaitMs?: number;
  /** `file`: begin a new file when this one is as large, in bytes. */
  readonly rotateBytes?: number;
  /** `file`: begin a new file each day. */
  readonly rotateEvery?: 'day';
  /** `file`: when to force written bytes to the disk. */
  readonly fsync?: 'batch' | 'interval' | 'never';
  /** `file`: pause between two syncs with `fsync: 'interval'`, in milliseconds. */
  readonly fsyncIntervalMs?: number;
  /** `file`: only read, beside a process that may be writing to it. @default false */
  readonly readOnly?: boolean;
}
