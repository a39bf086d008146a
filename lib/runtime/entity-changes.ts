import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { ChangeCapture } from '../changes/change-capture.js';
import { ChangeNotRecordedError } from '../changes/change-not-recorded.error.js';
import type { CaptureSelection } from '../changes/rows/capture-rules.js';
import { UnsupportedDataSourceError } from '../changes/unsupported-data-source.error.js';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { AuditEvent } from '../event/audit-event.interface.js';
import type { SealableEvent } from '../event/sealable-event.js';
import { timestampNow } from '../event/timestamp.js';
import type { ValueSanitizer } from '../event/value-sanitizer.interface.js';
import type { EventPipeline } from '../ledger/event-pipeline.js';
import type { OutboxEntry } from '../ledger/outbox-store.port.js';
import { SqlOutboxWriter } from '../storage/typeorm/outbox-writer.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { OperationalLog } from './audit-log.interface.js';
import { scopeReader } from './change-contexts.js';
import { DataSourceMissingError } from './data-source-missing.error.js';
import type { FailureReporter } from './failure-reporter.js';
import { LogElsewhereError } from './log-elsewhere.error.js';
import type { PendingReceipt } from './pending-receipt.interface.js';

/** Finds a DataSource of the application by its name. */
export type DataSourceFinder = (name: string) => DataSource | undefined;

export interface EntityChangesParts {
  readonly options: ResolvedAuditOptions;
  readonly storage: Pick<AuditStorage, 'database'>;
  readonly sanitizer: ValueSanitizer;
  readonly pipeline: EventPipeline;
  readonly failures: FailureReporter;
  readonly log: OperationalLog;
  /** Rows of a committed transaction are in the outbox. */
  readonly onCommitted: () => void;
}

/**
 * The DataSources whose changes are to be recorded, by name.
 * @throws {DataSourceMissingError} one that was asked for is not there
 */
export function followedDataSources(options: ResolvedAuditOptions, find: DataSourceFinder): Map<string, DataSource> {
  const found = new Map<string, DataSource>();
  for (const name of options.changes.enabled ? options.changes.dataSources : []) {
    const dataSource = find(name);
    if (dataSource) found.set(name, dataSource);
    else if (!isByDefault(name, options)) throw new DataSourceMissingError(name, 'changes.dataSources');
  }
  return found;
}

const STILL_USABLE = 'The transaction can go on without the event; let it fail if it must not.';

/** Names an event before it is built. Survives the copies that are made of the event until then. */
const EVENT_ID = Symbol('event id');
type NamedEvent = AuditEvent & { readonly [EVENT_ID]?: string };

/**
 * Entity changes of the application's DataSources on their way to the trail: in the same transaction where the DataSource
 * holds the audit tables, queued after the commit where it does not.
 */
export class EntityChanges {
  private readonly capture: ChangeCapture;
  private readonly outbox: SqlOutboxWriter | undefined;

  constructor(private readonly parts: EntityChangesParts) {
    const { options, storage, sanitizer, pipeline, failures, onCommitted } = parts;
    const { changes, durability, limits } = options;
    this.outbox = storage.database && new SqlOutboxWriter(storage.database.dialect);
    this.capture = new ChangeCapture(
      {
        sanitizer,
        context: scopeReader(),
        build: (event: NamedEvent) => pipeline.prepare(event, event[EVENT_ID]),
        deliver: (event) => pipeline.deliver(event),
        onCommitted,
        onError: (error, doing) => failures.report('changes', error, { doing }),
      },
      {
        ...selectionOf(changes),
        bulk: { maxRows: changes.bulk.maxRows },
        triggers: changes.triggers,
        strict: durability === 'strict',
        maxSectionBytes: limits.sectionBytes,
      },
    );
  }

  /**
   * Follows these DataSources from now on.
   * @throws {UnsupportedDataSourceError} one that was asked for can't be followed
   * @throws {TriggersMissingError} triggers were asked for, and there are none
   */
  async start(dataSources: ReadonlyMap<string, DataSource>): Promise<void> {
    for (const [name, dataSource] of dataSources) this.register(name, dataSource);
    await this.capture.ready();
  }

  /** The event that a trigger has written into a row of the outbox; null when none has. */
  translate({ eventId, foreign }: OutboxEntry): SealableEvent | null {
    const event = foreign !== undefined && isUuid(eventId) ? this.capture.translate(foreign) : null;
    return event && this.parts.pipeline.prepare(event, eventId);
  }

  /** Transactions that are open at this moment are no longer followed. */
  stop(): void {
    this.capture.unregisterAll();
  }

  /**
   * Puts an event into the transaction that the manager is in.
   * @throws {LogElsewhereError} the manager's DataSource does not keep the log
   */
  async log(manager: EntityManager, event: AuditEvent): Promise<PendingReceipt> {
    if (!this.outbox || !this.holdsLog(manager.dataSource ?? manager.connection)) throw new LogElsewhereError();
    const id = uuidv7();
    const named: NamedEvent = { ...event, occurredAt: event.occurredAt ?? timestampNow(), [EVENT_ID]: id };
    if (!(await this.capture.log(manager, named))) {
      // Outside a transaction PostgreSQL knows no savepoint.
      const guarded = manager.queryRunner?.isTransactionActive === true && this.parts.options.durability !== 'strict';
      await this.outbox.write(manager, [this.parts.pipeline.prepare(named, id)], guarded).catch((error: unknown) => {
        throw new ChangeNotRecordedError('write an event to audit_outbox', error, guarded ? STILL_USABLE : undefined);
      });
      this.parts.onCommitted();
    }
    return { id, pending: 'outbox' };
  }

  private register(name: string, dataSource: DataSource): void {
    try {
      this.capture.register(dataSource, this.holdsLog(dataSource) ? this.outbox : undefined);
    } catch (error) {
      // Nobody asked for it: an application on another database must start as it did before.
      if (!(error instanceof UnsupportedDataSourceError) || !isByDefault(name, this.parts.options)) throw error;
      this.parts.log.warn(`Audit trail: entity changes are not recorded. ${error.message}`);
    }
  }

  private holdsLog(dataSource: DataSource): boolean {
    const { options, storage } = this.parts;
    return options.storage.type === 'datasource' && storage.database?.dataSource === dataSource;
  }
}

/** Whether a DataSource is followed only because that is the default. */
function isByDefault(name: string, { sources }: ResolvedAuditOptions): boolean {
  return name === 'default' && sources['changes.dataSources']?.includes('default') === true;
}

/** What the options choose, by name. */
export function selectionOf(changes: ResolvedAuditOptions['changes']): Partial<CaptureSelection> {
  return {
    ...(changes.entities === 'all' ? {} : { entities: changes.entities.map(nameOf) }),
    exclude: changes.exclude.map(nameOf),
    requireReason: changes.requireReason.map(nameOf),
  };
}

function nameOf(entity: string | { readonly name: string }): string {
  return typeof entity === 'string' ? entity : entity.name;
}
