import { Choice, Flag, Milliseconds, Text, Url, WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy, CompletedBy } from './section.decorators.js';
import type { SectionReport } from './section-report.js';

export const STORAGE_TYPES = ['sqlite', 'postgres', 'mysql', 'memory', 'file', 'datasource'] as const;
export type StorageType = (typeof STORAGE_TYPES)[number];

export const ROTATE_EVERY = ['day'] as const;
export const FSYNC_POLICIES = ['batch', 'interval', 'never'] as const;
export type FsyncPolicy = (typeof FSYNC_POLICIES)[number];

const DEFAULT_PATHS: Partial<Record<StorageType, string>> = { sqlite: './audit.sqlite', file: './audit.jsonl' };
const URL_SCHEMES: Partial<Record<StorageType, RegExp>> = { postgres: /^postgres(ql)?:/, mysql: /^(mysql|mariadb):/ };

/** Options that only some types of storage know. */
const ONLY_FOR: Readonly<Record<string, readonly StorageType[]>> = {
  path: ['sqlite', 'file'],
  url: ['postgres', 'mysql'],
  poolSize: ['postgres', 'mysql'],
  dataSource: ['datasource'],
  rotateBytes: ['file'],
  rotateEvery: ['file'],
  fsync: ['file'],
  fsyncIntervalMs: ['file'],
  lockWaitMs: ['sqlite', 'file'],
};

/** Where the log is kept. */
@CheckedBy<StorageOptions>(checkStorage)
@CompletedBy<StorageOptions>((storage, note) => {
  const fill = <Name extends keyof StorageOptions>(name: Name, value: StorageOptions[Name]): void => {
    if (storage[name] !== undefined || value === undefined) return;
    storage[name] = value;
    note(name, 'default');
  };
  fill('path', DEFAULT_PATHS[storage.type]);
  fill('dataSource', storage.type === 'datasource' ? 'default' : undefined);
  fill('migrate', ['sqlite', 'file', 'memory'].includes(storage.type));
  if (['sqlite', 'file'].includes(storage.type)) fill('lockWaitMs', 5_000);
  if (['postgres', 'mysql'].includes(storage.type)) fill('poolSize', 5);
  if (storage.type === 'file') fill('fsync', 'batch');
  if (storage.fsync === 'interval') fill('fsyncIntervalMs', 1_000);
})
export class StorageOptions extends OptionSection {
  /**
   * Kind of store: a SQLite file, a PostgreSQL or MySQL/MariaDB server, the application's own TypeORM DataSource
   * (`datasource`), a JSON Lines file (`file`), or `memory`, which forgets everything at exit. It does not install a
   * driver.
   * @default 'sqlite'
   */
  @Choice(STORAGE_TYPES)
  type: StorageType = 'sqlite';

  /**
   * File of the types `sqlite` and `file`, relative to the working directory; `:memory:` is a SQLite database that ends
   * with the process. The folder of a `file` has to exist; that of a SQLite file is made.
   * @default './audit.sqlite' for `sqlite`, './audit.jsonl' for `file`
   */
  @Text({ allowed: 'a path of a file' })
  path?: string;

  /**
   * Connection URL of the types `postgres` and `mysql`, with user and password. It is never shown in full.
   */
  @Url({ protocols: ['postgres:', 'postgresql:', 'mysql:', 'mariadb:'] })
  url?: string;

  /**
   * Name of the application's TypeORM DataSource for the type `datasource`. The DataSource stays the application's:
   * it is neither opened nor closed here.
   * @default 'default'
   */
  @Text()
  dataSource?: string;

  /**
   * Create and upgrade the tables at start. When off, missing tables stop the start with the command that makes them.
   * @default true for `sqlite`, `file` and `memory`, false for servers and `datasource`
   */
  @Flag()
  migrate?: boolean;

  /**
   * Most connections of the own pool on a server. Appends need one at a time; the rest serve queries.
   * @default 5
   */
  @WholeNumber({ min: 1, max: 1_000 })
  poolSize?: number;

  /**
   * Begin a new file of the type `file` beyond this size in bytes. Old files are kept.
   * @default no rotation by size
   */
  @WholeNumber({ min: 65_536, unit: 'bytes' })
  rotateBytes?: number;

  /**
   * Begin a new file of the type `file` every UTC day. Old files are kept.
   * @default no rotation by time
   */
  @Choice(ROTATE_EVERY)
  rotateEvery?: 'day';

  /**
   * When the type `file` forces bytes to the disk: with each batch, every `fsyncIntervalMs`, or when the system
   * likes. Anything but `batch` may lose acknowledged events in a power failure, not in a crash of the process.
   * @default 'batch'
   */
  @Choice(FSYNC_POLICIES)
  fsync?: FsyncPolicy;

  /**
   * Milliseconds between two forced writes with `fsync: 'interval'`.
   * @default 1000
   */
  @Milliseconds({ min: 1 })
  fsyncIntervalMs?: number;

  /**
   * How long the types `sqlite` and `file` wait for another writer's lock, in milliseconds. It does not limit how long
   * an event waits in the queue.
   * @default 5000
   */
  @Milliseconds({ min: 0 })
  lockWaitMs?: number;
}

function checkStorage(storage: StorageOptions, report: SectionReport): void {
  const { type, url } = storage;
  for (const [name, types] of Object.entries(ONLY_FOR)) {
    if (storage[name as keyof StorageOptions] === undefined || types.includes(type)) continue;
    report.refuse(name, `nothing, because storage.type is '${type}' and only ${types.join(' and ')} have it`);
  }
  const scheme = URL_SCHEMES[type];
  if (scheme !== undefined && !(url !== undefined && scheme.test(url))) {
    report.refuse(
      'url',
      `a connection URL such as ${type}://user:password@host/database, because storage.type is '${type}'`,
    );
  }
}
