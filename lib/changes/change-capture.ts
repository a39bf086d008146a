import type { DataSource, EntityManager } from 'typeorm';
import type { AuditEvent } from '../event/audit-event.interface.js';
import type { OutboxWriter } from '../ledger/outbox-writer.port.js';
import { DataSourceCapture } from './capture/data-source-capture.js';
import type { ChangeCaptureParts } from './change-capture.parts.js';
import type { ChangeOutput } from './change-output.interface.js';
import { ChangeEventFactory } from './events/change-event.factory.js';
import { ChangeSectionWriter } from './events/change-section.js';
import { QueuedOutput } from './output/queued.output.js';
import { TransactionalOutput } from './output/transactional.output.js';
import type { CaptureSelection } from './rows/capture-rules.js';
import { rowDialectOf } from './rows/row-dialects.js';
import type { TablePlan } from './rows/table-plan.js';
import { TransactionSubscriber } from './transaction-subscriber.js';
import { TriggerRowTranslator } from './triggers/trigger-row.translator.js';
import { TriggersMissingError } from './triggers/triggers-missing.error.js';
import { hookWrites } from './typeorm/capture-hooks.js';
import { missingInternals } from './typeorm/typeorm-internals.js';
import { UnsupportedDataSourceError } from './unsupported-data-source.error.js';

/** How entity changes are recorded. */
export interface ChangeCaptureOptions extends Partial<CaptureSelection> {
  readonly bulk?: {
    /** Rows of one statement that are recorded one by one; beyond it there is one summary. @default 1000 */
    readonly maxRows?: number;
  };
  /**
   * Leave tables of PostgreSQL that have a trigger to it, and give transactions the context that it records; of
   * DataSources that hold the audit tables only, because triggers write there.
   * @default false
   */
  readonly triggers?: boolean;
  /** Whether a change must fail when it can't be recorded in its transaction. @default false */
  readonly strict?: boolean;
  /** UTF-8 bytes of the `changes` section at most. @default 65536 */
  readonly maxSectionBytes?: number;
}

interface Registration {
  readonly output: ChangeOutput;
  capture: DataSourceCapture | undefined;
  /** Ends the recording of the DataSource as it is initialised now. */
  detach: () => void;
  /** Ends the waiting for its next initialisation. */
  unwatch: () => void;
}

/**
 * Records what is written through TypeORM DataSources: which row, from what, to what, by whom, in which transaction.
 * A DataSource may be registered before it is initialised, and may be initialised again.
 */
export class ChangeCapture {
  private readonly registrations = new Map<DataSource, Registration>();
  private readonly events: ChangeEventFactory;
  private readonly translator: TriggerRowTranslator;

  constructor(
    private readonly parts: ChangeCaptureParts,
    private readonly options: ChangeCaptureOptions = {},
  ) {
    const sections = new ChangeSectionWriter(parts.sanitizer, options.maxSectionBytes);
    this.events = new ChangeEventFactory(sections);
    this.translator = new TriggerRowTranslator((schema, table) => this.planOf(schema, table), this.events, sections);
  }

  /**
   * @param outbox given when the DataSource's database holds the audit tables: changes are then recorded inside their
   *   own transactions; without it, they are queued after the commit
   * @throws {UnsupportedDataSourceError} the database, or this version of TypeORM, can't be followed
   */
  register(dataSource: DataSource, outbox?: OutboxWriter): void {
    if (this.registrations.has(dataSource)) return;
    if (!rowDialectOf(dataSource.options.type)) throw new UnsupportedDataSourceError(dataSource.options.type, []);
    const output = outbox
      ? new TransactionalOutput(outbox, this.parts, this.options.strict ?? false)
      : new QueuedOutput(this.parts);
    const registration: Registration = { output, capture: undefined, detach: noop, unwatch: noop };
    this.registrations.set(dataSource, registration);
    if (dataSource.isInitialized) this.attach(dataSource, registration);
    registration.unwatch = this.watch(dataSource, registration);
  }

  /** Stops recording. Transactions that are open at this moment are no longer followed. */
  unregister(dataSource: DataSource): void {
    const registration = this.registrations.get(dataSource);
    registration?.unwatch();
    registration?.detach();
    this.registrations.delete(dataSource);
  }

  /**
   * Looks which tables have triggers. DataSources that are initialised later are looked at then.
   * @throws {TriggersMissingError} triggers were asked for, and no table has one, or none could have one
   */
  async ready(): Promise<void> {
    const registrations = [...this.registrations.values()];
    if (!this.options.triggers || registrations.some(({ capture }) => !capture)) return;
    const tables = registrations.flatMap(({ capture }) => capture?.triggers ?? []);
    if (tables.length === 0) throw new TriggersMissingError('place');
    await Promise.all(tables.map((table) => table.load()));
    if (tables.every(({ isEmpty }) => isEmpty)) throw new TriggersMissingError('trigger');
  }

  /** The event that a trigger's outbox row stands for; null when no trigger has written it. */
  translate(payload: string): AuditEvent | null {
    return this.translator.translate(payload);
  }

  unregisterAll(): void {
    for (const dataSource of this.registrations.keys()) this.unregister(dataSource);
  }

  /**
   * Puts an event of the application into the transaction that the manager is in, so that both commit or neither does.
   * Outside a transaction it is written at once.
   *
   * @returns false when the manager's DataSource is not registered
   * @throws in strict durability, when the event could not be written
   */
  async log(manager: EntityManager, event: AuditEvent): Promise<boolean> {
    const dataSource = manager.dataSource ?? manager.connection;
    const registration = this.registrations.get(dataSource);
    if (!registration?.capture) return false;
    await registration.capture.log(manager.queryRunner, event);
    return true;
  }

  private planOf(schema: string, table: string): TablePlan | undefined {
    for (const { capture } of this.registrations.values()) {
      const plan = capture?.planOfTable(schema, table);
      if (plan) return plan;
    }
    return undefined;
  }

  /** TypeORM makes new metadata, a new list of subscribers and, on SQLite, a new runner at every initialisation. */
  private watch(dataSource: DataSource, registration: Registration): () => void {
    const initialize = dataSource.initialize;
    dataSource.initialize = async () => {
      const initialized = await initialize.call(dataSource);
      if (this.registrations.get(dataSource) === registration) {
        registration.detach();
        this.attach(dataSource, registration);
        // A transaction that looked first would need a second connection for it. What fails here is tried again there.
        await registration.capture?.triggers?.load().catch(() => undefined);
      }
      return initialized;
    };
    return () => Reflect.deleteProperty(dataSource, 'initialize');
  }

  private attach(dataSource: DataSource, registration: Registration): void {
    const { type } = dataSource.options;
    const dialect = rowDialectOf(type);
    const missing = missingInternals(dataSource);
    if (!dialect || missing.length > 0) throw new UnsupportedDataSourceError(type, missing);
    const { entities = ['*'], exclude = [], requireReason = [], bulk } = this.options;
    const triggers = this.options.triggers === true && registration.output instanceof TransactionalOutput;
    const capture = new DataSourceCapture(
      dataSource,
      dialect,
      { entities, exclude, requireReason, maxRows: bulk?.maxRows ?? 1_000, triggers },
      {
        events: this.events,
        output: registration.output,
        context: this.parts.context,
        sanitizer: this.parts.sanitizer,
      },
    );
    const subscriber = new TransactionSubscriber(capture);
    dataSource.subscribers.push(subscriber);
    const undo = [hookWrites(dataSource, capture), capture.guard(), () => remove(dataSource.subscribers, subscriber)];
    registration.capture = capture;
    registration.detach = () => {
      registration.capture = undefined;
      for (const step of undo.splice(0)) step();
    };
  }
}

function noop(): void {}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
