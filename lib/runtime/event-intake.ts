import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { AuditEvent } from '../event/audit-event.interface.js';
import { EventBuilder } from '../event/event-builder.js';
import type { SealableEvent } from '../event/sealable-event.js';
import { withFlag } from '../event/sealable-flags.js';
import type { ValueSanitizer } from '../event/value-sanitizer.interface.js';
import { EventPipeline } from '../ledger/event-pipeline.js';
import { EventQueue } from '../ledger/queue/event-queue.js';
import type { Gap } from '../ledger/queue/gap-counter.js';
import type { Sealer } from '../ledger/queue/sealer.interface.js';
import { Spool } from '../ledger/spool/spool.js';
import type { FailureReporter } from './failure-reporter.js';

export interface EventIntakeParts {
  readonly options: ResolvedAuditOptions;
  readonly sanitizer: ValueSanitizer;
  readonly sealer: Sealer;
  readonly failures: FailureReporter;
  /** Told whenever events were sealed. */
  readonly onSealed: (count: number) => void;
}

/** The way of an event from what is said to the sealer: built, queued and, if there is a folder for it, spooled. */
export class EventIntake {
  readonly pipeline: EventPipeline;
  readonly queue: EventQueue;
  readonly spool: Spool | undefined;

  /** Events are accepted from the beginning; they are sealed once the queue is released. */
  constructor({ options, sanitizer, sealer, failures, onSealed }: EventIntakeParts) {
    const builder = new EventBuilder({
      service: options.service as { name: string; version?: string; instance: string },
      sanitizer,
      streamOf: streamRule(options.stream),
      maxSectionBytes: options.limits.sectionBytes,
      onDegraded: (error, action) => failures.report('event.build', error, { action }),
    });
    this.spool = createSpool(options.queue, failures);
    this.queue = new EventQueue(
      sealer,
      options.queue,
      {
        gapEvent: (gap) => builder.build(gapEvent(gap)),
        reduced: (event) => reduce(event),
        onFailure: (error, final) => failures.report(final ? 'event.unstorable' : 'seal', error),
        onSealed,
      },
      this.spool,
    );
    this.queue.hold();
    this.pipeline = new EventPipeline(builder, this.queue);
  }

  /** Seals what dead processes left in their spools. */
  async replaySpool(): Promise<void> {
    if (!this.spool) return;
    for (const events of this.spool.abandoned((torn) => this.queue.noteLoss('spool_torn', torn))) {
      await this.queue.replay(events);
    }
  }
}

/** Without sections: what a store refuses is nearly always a value in one of them. */
export function reduce(event: SealableEvent): SealableEvent {
  return withFlag({ ...event, sections: [] }, 'degraded');
}

function createSpool(
  { spool: folder, spoolMaxBytes: maxBytes }: ResolvedAuditOptions['queue'],
  failures: FailureReporter,
): Spool | undefined {
  if (folder === undefined) return undefined;
  return new Spool({ folder, maxBytes, onFailure: (error) => failures.report('spool', error) });
}

function streamRule(stream: ResolvedAuditOptions['stream']): ((event: AuditEvent) => string) | undefined {
  if (typeof stream === 'function') return stream;
  if (stream === 'main') return undefined;
  return ({ tenant }) => (tenant?.id === undefined ? 'main' : `tenant:${tenant.id}`);
}

function gapEvent({ reason, count, from, to }: Gap): AuditEvent {
  return {
    action: 'audit.gap',
    outcome: 'failure',
    severity: 'error',
    actor: { type: 'system', authMethod: 'internal' },
    reason: { code: reason },
    flags: ['gap'],
    metadata: { reason, count, from, to },
  };
}
