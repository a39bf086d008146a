import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditContext } from './capture/context/audit-context.js';
import { CaptureRuntime } from './capture/capture-runtime.js';
import type { Annotation } from './capture/context/annotation.interface.js';
import type { RunAsOptions } from './capture/context/nested-scope.js';
import { lacksTenant } from './capture/tenant/missing-tenant.js';
import { TenantMissingError } from './capture/tenant/tenant-missing.error.js';
import type { Observable } from 'rxjs';
import type { DeliveryItem } from './delivery/delivery-item.js';
import type { DeliveryService } from './delivery/delivery.service.js';
import type { RedriveSelection } from './delivery/delivery-store.port.js';
import type { DeliveryStatus, FlushResult, SinkStatus } from './delivery/service/delivery-status.interface.js';
import type { DeliveryPage } from './delivery/service/sink-queries.js';
import { ChangeHistory } from './changes/history/change-history.js';
import type { RowChange } from './changes/history/row-change.interface.js';
import type { RowState } from './changes/history/row-state.interface.js';
import type { AuditEvent } from './event/audit-event.interface.js';
import type { SealReceipt } from './ledger/seal-receipt.interface.js';
import type { AuditEntry, AuditFilter, AuditPage, AuditPageQuery } from './reports/audit-query.interface.js';
import { checkText, readTime } from './reports/check-query.js';
import { AuditRuntime } from './runtime/audit-runtime.js';
import type { AuditStats } from './runtime/audit-stats.interface.js';
import type { PendingReceipt } from './runtime/pending-receipt.interface.js';
import type { RestoredLog, RestoreStatement } from './runtime/restore.js';
import type { StoredCheckpoint } from './verification/checkpoints/checkpoint-store.port.js';
import type { AuditVerdict, AuditVerifyOptions } from './verification/history/audit-verdict.interface.js';
import type { VerificationResult, VerifyOptions } from './verification/verifier/verification-result.interface.js';

/**
 * The application's way to the trail: say what happened, read what was said, check that nobody changed it.
 *
 * @publicApi
 */
@Injectable()
export class AuditService {
  constructor(
    private readonly runtime: AuditRuntime,
    private readonly context: AuditContext,
    private readonly capture: CaptureRuntime,
  ) {}

  /**
   * Records an event and resolves once it is sealed in the database. Actor, tenant and identifiers that the event does
   * not name are those of the surrounding request or `runAs`; without either, the actor is `{ type: 'system' }`.
   *
   * Values may be anything: they are redacted and capped, and no value makes the event disappear. Not awaiting the
   * promise is fine; the event is queued at once.
   *
   * @throws {SealTimeoutError} not sealed within `queue.sealTimeoutMs`; the event stays queued and is sealed later
   * @throws {UnstorableEventError} the database refuses the event even without its sections
   * @throws {QueueClosedError} the application has been shut down
   * @throws {TenantMissingError} `tenant.required` is set and neither the event nor its surroundings name one
   */
  log(event: AuditEvent): Promise<SealReceipt>;

  /**
   * Puts an event into the transaction that the manager is in: both commit, or neither does. The promise resolves when
   * the event is part of the transaction; it is sealed after the commit, at once as a rule. Outside a transaction the
   * event is written at once. With `durability: 'strict'` the transaction fails if the event can't be written.
   *
   * @throws {LogElsewhereError} the manager's DataSource does not keep the log
   * @throws {ChangeNotRecordedError} the outbox can't be written, and nothing else can keep the event
   * @throws {TenantMissingError} as above
   */
  log(event: AuditEvent, options: { readonly manager: EntityManager }): Promise<PendingReceipt>;

  async log(event: AuditEvent, options?: { readonly manager: EntityManager }): Promise<SealReceipt | PendingReceipt> {
    const complete = await this.completed(event);
    if (this.runtime.options.tenant.required && lacksTenant(complete)) throw new TenantMissingError(complete.action);
    return options ? this.runtime.changes.log(options.manager, complete) : this.runtime.pipeline.seal(complete);
  }

  /**
   * Adds to the event of the surrounding request: a resource, metadata, the application's own outcome, a reason.
   * @returns false when there is no request around, so nothing was added
   */
  annotate(annotation: Annotation): boolean {
    return this.context.annotate(annotation);
  }

  /**
   * Runs a function as somebody: for jobs, queue consumers, scripts and tests. Calls nest; what the inner one does not
   * say it takes from the outer one.
   */
  runAs<Result>(as: RunAsOptions, work: () => Result): Result {
    return this.context.runAs(as, work);
  }

  /** Records several events in this order, in as few transactions as they fit in. Resolves when all are sealed. */
  logMany(events: readonly AuditEvent[]): Promise<SealReceipt[]> {
    return Promise.all(events.map((event) => this.log(event)));
  }

  /** The hash of the stream's last record, lowercase hex; null while the stream is empty. One row is read. */
  async lastHash(stream = 'main'): Promise<string | null> {
    checkText('stream', stream);
    const [head] = await this.runtime.storage.ledger.readStreams([stream]);
    return head?.lastHash ?? null;
  }

  /** The event with this id, or null. */
  get(id: string): Promise<AuditEntry | null> {
    return this.runtime.reader.get(id);
  }

  /**
   * A page of events, newest first unless `order` says otherwise.
   * @throws {InvalidAuditQueryError} a condition that is unknown or can't be read
   */
  find(query: AuditPageQuery = {}): Promise<AuditPage> {
    return this.runtime.reader.find(query);
  }

  /**
   * All matching events one by one, in constant memory. Leave the loop to stop reading.
   * @throws {InvalidAuditQueryError} a condition that is unknown or can't be read
   */
  stream(filter: AuditFilter = {}): AsyncGenerator<AuditEntry, void, undefined> {
    return this.runtime.reader.stream(filter);
  }

  /**
   * Every change of a row in the order of the log: who, when, why, in which request, from what to what. Writes to many
   * rows that are not recorded one by one (`bulk`) and counted losses (`gap`) stand where they may have concerned it.
   * What is not sealed yet is not there yet (see `whenIdle`).
   *
   * @param resourceType name of the entity in the trail: `@AuditEntity({ resource })`, else its class name in snake case
   * @param resourceId primary key; of a composite one `tenant=1&number=42`
   */
  history(resourceType: string, resourceId: string): AsyncGenerator<RowChange, void, undefined> {
    checkText('resourceType', resourceType);
    checkText('resourceId', resourceId);
    return new ChangeHistory(this.runtime.storage.ledger).of(resourceType, resourceId);
  }

  /**
   * A row as it was at a moment, rebuilt from the trail; its `state` is null when there was no such row. What the trail
   * can't tell is named in `doubts`, never guessed.
   *
   * @throws {InvalidAuditQueryError} an unreadable time, or a type or id that is no text
   */
  async stateAt(resourceType: string, resourceId: string, time: Date | string): Promise<RowState> {
    checkText('resourceType', resourceType);
    checkText('resourceId', resourceId);
    const at = readTime('time', time);
    return new ChangeHistory(this.runtime.storage.ledger).stateAt(resourceType, resourceId, at);
  }

  /**
   * Reads the stored bytes back and recomputes everything: record hashes, chain links, sequences, the Merkle root,
   * query columns against records, sections against their commitments. Waits for nothing: events that are not sealed
   * yet are not checked (see `whenIdle`).
   */
  verify(options: VerifyOptions = {}): Promise<VerificationResult> {
    return this.runtime.verify(options);
  }

  /**
   * Verifies as the nightly job does: also against signed checkpoints, anchors and what was verified before, which finds
   * a history that was rewritten or cut off as a whole. Records no event and raises no alarm.
   *
   * @throws {VerifierStateError} what was verified before cannot be read
   */
  verifyHistory(options: AuditVerifyOptions = {}): Promise<AuditVerdict> {
    return this.runtime.verification.verify(options);
  }

  /** Sealed events from the subscription on, as they would be delivered: without their erasable sections. */
  get events$(): Observable<DeliveryItem> {
    return this.runtime.delivery.events$;
  }

  /**
   * Tries everything that is pending at a sink, or at all of them, now.
   * @returns `{ flushed, failed, still_pending, total }` (and `stillPending`, `held`, the figures of each sink)
   * @throws {UnknownSinkError}
   */
  flushPending(sink?: string): Promise<FlushResult> {
    return this.runtime.delivery.flushPending(sink);
  }

  /** What became of an event at each sink; null if there is no such event in the log. */
  async deliveryStatus(eventId: string): Promise<DeliveryStatus | null> {
    checkText('eventId', eventId);
    return this.runtime.delivery.deliveryStatus(eventId);
  }

  /** Receipts by sink, status, event and time, in pages. */
  deliveries(filter: Parameters<DeliveryService['deliveries']>[0] = {}): Promise<DeliveryPage> {
    return this.runtime.delivery.deliveries(filter);
  }

  /** How each sink is doing: state, lag in events and seconds, counters. */
  sinks(): Promise<SinkStatus[]> {
    return this.runtime.delivery.status();
  }

  /** Tries `failed` deliveries again: by id, by time, by sink, or all. @returns how many */
  redrive(selection: RedriveSelection = {}): Promise<number> {
    return this.runtime.delivery.redrive(selection);
  }

  /**
   * Signs the log as it is now and hands the checkpoint to the anchors. It happens by itself, too; call it before the
   * database is backed up, or after something that must be provable at once.
   * @throws {SigningRefusedError} the log is no extension of what was signed before: restored, or tampered with
   * @throws {Error} without the option `signing`
   */
  checkpoint(): Promise<StoredCheckpoint> {
    return this.runtime.checkpoint();
  }

  /**
   * Says that the database was restored from a backup, once the application runs under the new name in `signing.origin`:
   * records `audit.restored`, lets the signer begin that name, and signs. The same as the command `restored`, for logs
   * that only the application can write to.
   *
   * @throws {RestoreRefusedError} the signer goes on under that name already, or the log had it before
   * @throws {SignerStateError} nothing is known of what was signed before
   * @throws {Error} without the option `signing`
   */
  restored(statement: RestoreStatement): Promise<RestoredLog> {
    return this.runtime.restored(statement);
  }

  /**
   * The `.tlog-proof` file of an event: with it, the record and the log's verifier key anybody can check offline that
   * the event stands in the log.
   * @throws {ProofUnavailableError} no such event, or no checkpoint over it can be had
   */
  async prove(eventId: string): Promise<string> {
    checkText('eventId', eventId);
    return this.runtime.prove(eventId);
  }

  /** Counters of this process: accepted = sealed + pending + lost at every moment. */
  stats(): AuditStats {
    return this.runtime.stats();
  }

  /**
   * Resolves when no request is open (but for the one that this is called in) and everything committed or accepted so far
   * is sealed or counted as lost. For tests and scripts: with traffic or streams that never pause it never resolves.
   */
  async whenIdle(): Promise<void> {
    await this.capture.whenIdle();
    await this.runtime.whenIdle();
  }

  /** An event that cannot even be read goes on as it is: it is recorded in a reduced form, not lost. */
  private async completed(event: AuditEvent): Promise<AuditEvent> {
    try {
      return await this.context.complete(event);
    } catch (error) {
      this.runtime.failures.report('event.context', error);
      return event;
    }
  }
}
