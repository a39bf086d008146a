import { randomUUID } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { ChangeCapture } from '../../../lib/changes/change-capture.js';
import type { ChangeCaptureOptions } from '../../../lib/changes/change-capture.js';
import type { ChangeCaptureParts } from '../../../lib/changes/change-capture.parts.js';
import type { ChangeContext } from '../../../lib/changes/change-context.interface.js';
import { EventBuilder } from '../../../lib/event/event-builder.js';
import type { SealableEvent } from '../../../lib/event/sealable-event.js';
import { Redactor } from '../../../lib/redaction/index.js';
import { SqlOutboxWriter } from '../../../lib/storage/typeorm/outbox-writer.js';
import { SqlDatabase } from '../../../lib/storage/typeorm/sql-database.js';
import { freshMysql, freshPostgres, freshSqliteFile } from '../../support/databases.js';
import type { FreshDatabase } from '../../support/databases.js';
import { ENTITIES } from './entities.js';

export type WorldKind = 'sqlite' | 'postgres' | 'mysql';

/** An event as a reader of the trail sees it. */
export interface SeenEvent {
  action: string;
  resource: string;
  changes: { path: string; old?: unknown; new?: unknown }[];
  actor: { id?: string; type: string };
  context: Record<string, string>;
  metadata: Record<string, unknown>;
  flags: string[];
}

const FRESH = { sqlite: async () => freshSqliteFile(), postgres: () => freshPostgres(), mysql: () => freshMysql() };

export function dataSourceOptions(kind: WorldKind, location: string): DataSourceOptions {
  switch (kind) {
    case 'sqlite':
      return { type: 'better-sqlite3', database: location, prepareDatabase };
    case 'postgres':
      // Tests that run at the same time share the database: the name tells their connections apart.
      return { type: 'postgres', url: location, uuidExtension: 'pgcrypto', applicationName: randomUUID() };
    case 'mysql':
      return { type: 'mysql', url: location };
  }
}

/** Thrown away afterwards: what survives a power cut is not asked of it. */
function prepareDatabase(handle: { pragma(text: string): unknown }): void {
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = OFF');
}

export interface WorldOptions extends ChangeCaptureOptions {
  /** Keep the log elsewhere: events are handed over after the commit. */
  readonly elsewhere?: boolean;
  readonly models?: DataSourceOptions['entities'];
  readonly more?: Partial<DataSourceOptions>;
}

/** An application with entities, a captured DataSource and its outbox. */
export class ChangeWorld {
  readonly delivered: SealableEvent[] = [];
  readonly errors: { error: unknown; doing: string }[] = [];
  commits = 0;
  readonly capture: ChangeCapture;
  readonly parts: ChangeCaptureParts;
  private readonly contexts = new AsyncLocalStorage<ChangeContext>();

  private constructor(
    readonly kind: WorldKind,
    readonly place: FreshDatabase,
    readonly dataSource: DataSource,
    readonly database: SqlDatabase,
    private readonly options: WorldOptions,
  ) {
    const redactor = new Redactor();
    const builder = new EventBuilder({ service: { name: 'test', instance: 'i' }, sanitizer: redactor });
    this.parts = {
      sanitizer: redactor,
      context: () => this.contexts.getStore(),
      build: (event) => builder.build(event),
      deliver: (event) => this.delivered.push(event),
      onCommitted: () => void this.commits++,
      onError: (error, doing) => this.errors.push({ error, doing }),
    };
    this.capture = new ChangeCapture(this.parts, options);
    this.register();
  }

  register(): void {
    const outbox = this.options.elsewhere ? undefined : new SqlOutboxWriter(this.database.dialect);
    this.capture.register(this.dataSource, outbox);
  }

  static async open(kind: WorldKind, options: WorldOptions = {}): Promise<ChangeWorld> {
    const place = await FRESH[kind]();
    const dataSource = new DataSource({
      ...dataSourceOptions(kind, place.location),
      entities: options.models ?? ENTITIES,
      synchronize: true,
      ...options.more,
    } as DataSourceOptions);
    await dataSource.initialize();
    const database = new SqlDatabase(dataSource, { migrate: true });
    await database.open();
    return new ChangeWorld(kind, place, dataSource, database, options);
  }

  async close(): Promise<void> {
    this.capture.unregisterAll();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.place.drop();
  }

  /** Empties everything behind the back of the capture. */
  async wipe(): Promise<void> {
    const { driver, entityMetadatas } = this.dataSource;
    const tables = entityMetadatas
      .filter(({ tableName }) => !tableName.startsWith('audit_'))
      .map(({ tableName }) => tableName);
    const quoted = tables.map((name) => driver.escape(name));
    if (this.kind === 'postgres') await this.dataSource.query(`TRUNCATE ${quoted.join(', ')}`);
    else {
      const runner = this.dataSource.createQueryRunner();
      const off = {
        sqlite: ['PRAGMA foreign_keys = OFF', 'PRAGMA foreign_keys = ON'],
        mysql: ['SET foreign_key_checks = 0', 'SET foreign_key_checks = 1'],
      }[this.kind];
      await runner.query(off[0]);
      for (const table of quoted) await runner.query(`DELETE FROM ${table}`);
      await runner.query(off[1]);
      await runner.release();
    }
    await this.dataSource.query('DELETE FROM audit_outbox');
    this.delivered.length = 0;
    this.errors.length = 0;
    this.commits = 0;
  }

  /** How many connections of the application have a transaction open and do nothing. */
  async idleInTransaction(): Promise<number> {
    const counts = {
      sqlite: undefined,
      postgres: `SELECT COUNT(*) AS n FROM pg_stat_activity 
        WHERE application_name = current_setting('application_name') AND state LIKE 'idle in%'`,
      mysql: `SELECT COUNT(*) AS n FROM information_schema.innodb_trx t JOIN information_schema.processlist p
        ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND p.command = 'Sleep'`,
    }[this.kind];
    if (!counts) return this.dataSource.createQueryRunner().isTransactionActive ? 1 : 0;
    const [{ n }] = (await this.dataSource.query(counts)) as [{ n: string | number }];
    return Number(n);
  }

  as<T>(context: ChangeContext, work: () => T): T {
    return this.contexts.run(context, work);
  }

  repository<Row extends ObjectLiteral>(target: EntityTarget<Row>): Repository<Row> {
    return this.dataSource.getRepository(target);
  }

  /** What the outbox holds, oldest first. */
  async outbox(): Promise<SeenEvent[]> {
    const rows = await this.database.query<{ payload: string }>('SELECT payload FROM audit_outbox ORDER BY position');
    return rows.map(({ payload }) => seen(JSON.parse(payload) as SealableEvent));
  }

  /** The same where triggers have written, too. */
  async translated(): Promise<SeenEvent[]> {
    const rows = await this.database.query<{ payload: string }>('SELECT payload FROM audit_outbox ORDER BY position');
    return rows.map(({ payload }) => {
      const event = this.capture.translate(payload);
      return seen(event ? this.parts.build(event) : (JSON.parse(payload) as SealableEvent));
    });
  }

  /** What was recorded of `work`. */
  async recordedBy(work: () => Promise<unknown>): Promise<SeenEvent[]> {
    const before = (await this.outbox()).length;
    await work();
    return (await this.outbox()).slice(before);
  }
}

export function seen({ parts, sections }: SealableEvent): SeenEvent {
  const record = JSON.parse(`${parts[0]}"sha256"${parts[1]}null${parts[2]}${parts[3]}`) as {
    action: string;
    resource?: { type: string; id?: string };
    actor: SeenEvent['actor'];
    context?: Record<string, string>;
    flags?: string[];
  };
  const section = (name: string) => {
    const found = sections.find((candidate) => candidate.name === name);
    return found ? (JSON.parse(found.json) as unknown) : undefined;
  };
  return {
    action: record.action,
    resource: record.resource ? `${record.resource.type}#${record.resource.id ?? ''}` : '',
    changes: (section('changes') ?? []) as SeenEvent['changes'],
    actor: record.actor,
    context: record.context ?? {},
    metadata: (section('metadata') ?? {}) as Record<string, unknown>,
    flags: record.flags ?? [],
  };
}

/** The change of one path as `old → new`, for short expectations. */
export function change(event: SeenEvent, path: string): string | undefined {
  const found = event.changes.find((candidate) => candidate.path === path);
  if (!found) return undefined;
  const side = (value: unknown) => (value === undefined ? '∅' : JSON.stringify(value));
  return `${side(found.old)} → ${side(found.new)}`;
}

/** Actions and resources, for short expectations. */
export function summary(events: readonly SeenEvent[]): string[] {
  return events.map(({ action, resource }) => `${action} ${resource}`);
}
