import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { DeliveryAlarm, DeliveryAlarmKind } from '../delivery-alarm.js';
import type { SinkCursor } from '../delivery-store.port.js';
import { isBreakerOpen } from '../retry/index.js';
import { SINK_RESOURCE_TYPE } from '../routing/compile-route.js';
import { safeErrorText } from '../safe-error-text.js';
import type { DispatchParts } from './dispatch-parts.js';
import type { PlannedBatch } from './planned-batch.js';
import type { Settlement } from './settlement.js';
import type { SinkBinding } from './sink-binding.js';

/** A required sink that stays unavailable is named again after this time. */
const REMIND_EVERY_MS = 60_000;

/** Tells people what happens to a sink: alarms for all of it, audit events for being held and going on. */
export class SinkReporter {
  private readonly writing = new Set<Promise<unknown>>();
  private remindedAt = 0;
  private isStoreFailing = false;
  /** Alarm callbacks and audit events that failed. */
  failures = 0;

  constructor(
    private readonly binding: Pick<SinkBinding, 'name' | 'required' | 'retry'>,
    private readonly parts: Pick<DispatchParts, 'clock' | 'onAlarm' | 'record'>,
  ) {}

  /** Audit events that are still being written. */
  async settled(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing);
  }

  /** What a batch brought: refused events, contradictions, routes that failed, missing rows. */
  batch(plan: Pick<PlannedBatch, 'parked' | 'missing' | 'discarded'>, settlement?: Settlement): void {
    for (const receipt of settlement?.rejected ?? []) {
      this.alarm(
        'event_failed',
        `Event ${receipt.eventId} was refused for good: ${receipt.lastError}. Re-drive it once the cause is gone.`,
        receipt,
      );
    }
    for (const { item, text } of settlement?.findings ?? []) {
      this.alarm(
        'receipt_finding',
        `Event ${item.eventId} was delivered, but the answer contradicts it: ${text}`,
        item,
      );
    }
    if (plan.parked.length > 0) {
      const [first] = plan.parked;
      const text = `${plan.parked.length} event(s) are kept back, the first is ${first.eventId}. ${first.error} They are tried again.`;
      this.alarm('route_failed', text, first);
    }
    if (plan.missing.length > 0) {
      const [logIndex] = plan.missing;
      const text = `${plan.missing.length} row(s) are missing from the log from index ${logIndex} on and can't be delivered. Verify the log.`;
      this.alarm('log_gap', text, { logIndex });
    }
    if (plan.discarded.length > 0) {
      const [logIndex] = plan.discarded;
      const text = `${plan.discarded.length} event(s) from index ${logIndex} on can't be delivered here any more: other sinks had them, and mode "remote" let go of their content.`;
      this.alarm('content_discarded', text, { logIndex });
    }
  }

  /** Compares the sink's state before and after a batch. */
  transition(before: SinkCursor, after: SinkCursor, remoteStatus?: string): void {
    const { breakerThreshold } = this.binding.retry;
    const error = after.lastError ?? '';
    if (before.state !== 'held' && after.state === 'held') {
      this.alarm(
        'sink_held',
        `The destination refuses us: ${error}. Nothing is skipped; delivery goes on by itself once it works again.`,
      );
      this.unavailable(error);
      this.write('audit.delivery_held', 'failure', 'error', after, { error, ...(remoteStatus && { remoteStatus }) });
    } else if (before.state === 'held' && after.state !== 'held') {
      this.alarm('sink_recovered', 'The destination accepts us again.');
      this.write('audit.delivery_resumed', 'success', 'info', after, { nextIndex: after.nextIndex });
    } else if (after.state === 'retrying' && after.attempts === breakerThreshold && before.attempts < after.attempts) {
      this.alarm(
        'sink_failing',
        `${after.attempts} tries in a row failed, the last with: ${error}. Tries go on, one event at a time.`,
      );
      this.unavailable(error);
    } else if (after.state === 'active' && isBreakerOpen(this.binding.retry, before.attempts)) {
      this.alarm('sink_recovered', 'Delivery works again.');
    }
  }

  /** Reminds, at most once a minute, that events wait for a sink that they require. */
  waiting({ state, attempts, lastError }: SinkCursor): void {
    const isDown = state === 'held' || isBreakerOpen(this.binding.retry, attempts);
    if (isDown && this.parts.clock.now() - this.remindedAt >= REMIND_EVERY_MS) this.unavailable(lastError ?? '');
  }

  storeFailed(error: unknown): void {
    if (this.isStoreFailing) return;
    this.isStoreFailing = true;
    this.alarm(
      'store_failure',
      `The state of delivery can't be read or written: ${safeErrorText(error)}. Events wait in the log.`,
    );
  }

  storeWorks(): void {
    this.isStoreFailing = false;
  }

  alarm(kind: DeliveryAlarmKind, message: string, event?: { eventId?: string; logIndex?: number }): void {
    const { name, required } = this.binding;
    const place = { ...(event?.eventId !== undefined && { eventId: event.eventId }), logIndex: event?.logIndex };
    const alarm: DeliveryAlarm = { kind, sink: name, required, message: `Audit sink "${name}": ${message}`, ...place };
    try {
      this.parts.onAlarm(alarm);
    } catch {
      this.failures++;
    }
  }

  private unavailable(error: string): void {
    if (!this.binding.required) return;
    this.remindedAt = this.parts.clock.now();
    this.alarm('required_sink_unavailable', `Events that require it wait: ${error}.`);
  }

  private write(
    action: string,
    outcome: 'success' | 'failure',
    severity: 'info' | 'error',
    cursor: SinkCursor,
    metadata: Record<string, unknown>,
  ): void {
    const event: AuditEvent = {
      action,
      outcome,
      severity,
      actor: { type: 'system' },
      resource: { type: SINK_RESOURCE_TYPE, id: cursor.sink },
      metadata,
    };
    const writing: Promise<unknown> = Promise.resolve()
      .then(() => this.parts.record(event))
      .catch(() => void this.failures++)
      .finally(() => this.writing.delete(writing));
    this.writing.add(writing);
  }
}
