import type {
  Actor,
  AuditEvent,
  EventFlag,
  EventReason,
  Outcome,
  ServiceIdentity,
  Severity,
} from './audit-event.interface.js';
import { quoteString } from './canonical.js';
import { RecordTexts, writeActor, writeContext, writeFlags, writeHttp, writeTenant } from './record-fields.js';
import type { SealableEvent, SectionText } from './sealable-event.js';
import { SectionWriter } from './section-writer.js';
import { timestampNow, toTimestamp } from './timestamp.js';
import { newUuid } from './uuid.js';
import type { ValueSanitizer } from './value-sanitizer.interface.js';

/** Room that the commitments of all six sections, hashes and the sequence need in a record of 65,535 bytes. */
const MAX_ENVELOPE_LENGTH = 20_000;
const DEFAULT_STREAM = 'main';
/** Action of an event whose own can't be told. */
const UNREADABLE = 'audit.unreadable';
const SYSTEM_ACTOR: Actor = { type: 'system' };

export interface EventBuilderOptions {
  readonly service: ServiceIdentity;
  readonly sanitizer: ValueSanitizer;
  /** Which chain an event goes to when it does not say so itself. @default () => 'main' */
  readonly streamOf?: (event: AuditEvent) => string;
  /** UTF-8 bytes of one section at most; beyond it the largest members give way to a digest. @default 65536 */
  readonly maxSectionBytes?: number;
  /** Told when an event had to be reduced. */
  readonly onDegraded?: (error: unknown, action: string) => void;
}

/**
 * Turns what the application says into canonical text that only lacks its place in the log. Everything passes the
 * sanitiser here, so nothing unredacted gets behind this class. It never throws and never loses an event: what cannot
 * be represented is left out and the event is flagged `degraded`.
 */
export class EventBuilder {
  private readonly sanitizer: ValueSanitizer;
  private readonly texts: RecordTexts;
  private readonly sections: SectionWriter;
  private readonly serviceText: string;

  constructor(private readonly options: EventBuilderOptions) {
    this.sanitizer = options.sanitizer;
    this.texts = new RecordTexts(options.sanitizer);
    this.sections = new SectionWriter(options.sanitizer, options.maxSectionBytes ?? 65_536);
    const { instance, name, version } = options.service;
    this.serviceText =
      `"service":{"instance":${this.quote(instance)},"name":${this.quote(name)}` +
      `${version === undefined ? '' : `,"version":${this.quote(version)}`}}`;
  }

  /** @param id UUIDv7 of the event; only for events that several processes may write at once */
  build(event: AuditEvent, id: string = newUuid()): SealableEvent {
    try {
      return this.assemble(event, this.sections.write(event), id);
    } catch (error) {
      return this.degrade(event, error, id);
    }
  }

  private assemble(event: AuditEvent, { sections, flags: sectionFlags }: SectionsResult, id: string): SealableEvent {
    const { texts } = this;
    const actor = event.actor ?? SYSTEM_ACTOR;
    const outcome = knownOutcome(event.outcome ?? 'success');
    const severity = isSeverity(event.severity) ? event.severity : severityOf(outcome);
    const named = texts.name(event.action);
    const action = named.text === '' ? texts.name(this.unnamed()) : named;
    const stream = texts.name(event.stream ?? this.options.streamOf?.(event) ?? DEFAULT_STREAM);
    const actorType = texts.name(actor.type);
    const actorId = this.optional(actor.id);
    const givenType = event.resource?.type;
    const resourceType = givenType === undefined || givenType === null ? null : texts.name(givenType);
    const resourceId = this.optional(event.resource?.id);
    const tenantId = this.optional(event.tenant?.id);
    const requestId = this.optional(event.context?.requestId);
    const correlationId = this.optional(event.context?.correlationId);
    const given = event.occurredAt === undefined ? undefined : toTimestamp(event.occurredAt);
    const occurredAt = given ?? timestampNow();
    const replaced =
      given === null || outcome !== (event.outcome ?? 'success') || severity !== (event.severity ?? severity);
    const ownFlags: AuditEvent['flags'] = named.text === '' ? ['degraded', ...(event.flags ?? [])] : event.flags;
    const flags = collectFlags(ownFlags, sectionFlags, replaced);
    const code = reasonCode(event.reason);

    const head = `{"action":${action.json},"actor":${writeActor(actor, actorType, actorId, texts)},"alg":`;
    const middle =
      (event.context ? writeContext(event.context, requestId, correlationId, texts) : '') +
      (flags.length > 0 ? writeFlags(flags) : '') +
      (event.http ? writeHttp(event.http, texts) : '') +
      `,"id":"${id}","occurredAt":"${occurredAt}","outcome":${quoteString(outcome)},"previousHash":`;
    const afterChain =
      (code === undefined ? '' : `,"reason":{"code":${texts.name(code).json}}`) +
      (resourceType === null
        ? ''
        : `,"resource":{${resourceId === null ? '' : `"id":${quoteString(resourceId)},`}"type":${resourceType.json}}`);
    const tail =
      `,${this.serviceText},"severity":${quoteString(severity)},"stream":${stream.json}` +
      `${event.tenant ? writeTenant(event.tenant, tenantId, texts) : ''},"v":1}`;

    if (head.length + middle.length + afterChain.length + tail.length > MAX_ENVELOPE_LENGTH) {
      throw new RangeError(`The fields of ${action.text} make a record beyond ${MAX_ENVELOPE_LENGTH} characters.`);
    }
    return {
      id,
      stream: stream.text,
      parts: [head, middle, afterChain, tail],
      sections,
      columns: {
        occurredAt,
        action: action.text,
        outcome,
        severity,
        actorId,
        actorType: actorType.text,
        resourceType: resourceType === null ? null : resourceType.text,
        resourceId,
        tenantId,
        requestId,
        correlationId,
      },
    };
  }

  /** Keeps who, what, when and with what outcome; says in the `error` section why the rest is missing. */
  private degrade(event: AuditEvent, cause: unknown, id: string): SealableEvent {
    const action = attempt(() => this.identifier(event.action)) || UNREADABLE;
    this.options.onDegraded?.(cause, action);
    const read = <T>(get: () => T): T | undefined => attempt(get);
    const type = read(() => event.actor?.type && this.identifier(event.actor.type)) || 'anonymous';
    const actorId = read(() => event.actor?.id && this.identifier(event.actor.id));
    const resourceType = read(() => event.resource?.type && this.identifier(event.resource.type));
    const resourceId = read(() => event.resource?.id && this.identifier(event.resource.id));
    const tenantId = read(() => event.tenant?.id && this.identifier(event.tenant.id));
    const requestId = read(() => event.context?.requestId && this.identifier(event.context.requestId));
    const reduced: AuditEvent = {
      action,
      outcome: read(() => knownOutcome(event.outcome)) ?? 'failure',
      actor: { type, ...(actorId ? { id: actorId } : {}) },
      flags: ['degraded'],
      ...(resourceType ? { resource: { type: resourceType, ...(resourceId ? { id: resourceId } : {}) } } : {}),
      ...(tenantId ? { tenant: { id: tenantId } } : {}),
      ...(requestId ? { context: { requestId } } : {}),
      error: { class: 'EventReduced', message: String(attempt(() => (cause as Error).message) ?? 'unreadable') },
    };
    return this.assemble(reduced, attempt(() => this.sections.write(reduced)) ?? { sections: [], flags: [] }, id);
  }

  /** Somebody forgot the action, or gave a text in place of an event. What else there is, is kept. */
  private unnamed(): string {
    const error = new TypeError(
      'The event has no action. Give an object with an action, such as { action: "invoice.pay" }.',
    );
    this.options.onDegraded?.(error, UNREADABLE);
    return UNREADABLE;
  }

  private identifier(value: unknown): string {
    return this.sanitizer.identifier(value);
  }

  private optional(value: string | undefined): string | null {
    return value === undefined || value === null ? null : this.sanitizer.identifier(value);
  }

  private quote(value: string): string {
    return quoteString(this.sanitizer.identifier(value));
  }
}

interface SectionsResult {
  readonly sections: readonly SectionText[];
  readonly flags: readonly EventFlag[];
}

function isSeverity(value: unknown): value is Severity {
  return value === 'success' || value === 'info' || value === 'warning' || value === 'error';
}

function severityOf(outcome: Outcome): Severity {
  return outcome === 'success' ? 'success' : outcome === 'denied' ? 'warning' : 'error';
}

function knownOutcome(outcome: unknown): Outcome {
  return outcome === 'success' || outcome === 'denied' ? outcome : 'failure';
}

function reasonCode(reason: EventReason | string | undefined): string | undefined {
  return typeof reason === 'object' && reason !== null ? reason.code : undefined;
}

function collectFlags(
  own: readonly EventFlag[] | undefined,
  sections: readonly EventFlag[],
  replaced: boolean,
): EventFlag[] {
  if (!own && sections.length === 0 && !replaced) return [];
  const all = new Set<EventFlag>([...(own ?? []), ...sections]);
  if (replaced) all.add('sanitized');
  return [...all].sort();
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
