/** What came of the attempt: `denied` is a 401, a 403 or the application's own refusal. */
export type Outcome = 'success' | 'failure' | 'denied';

export type Severity = 'error' | 'warning' | 'info' | 'success';

/** Who acted. The application's own kinds are mapped by `actor.typeAliases` or kept as they are. */
export type ActorType = 'user' | 'service' | 'system' | 'agent' | 'anonymous' | (string & {});

export interface Actor {
  /** Absent for `anonymous`. */
  readonly id?: string;
  readonly type: ActorType;
  /** How the actor proved who it is: `jwt`, `session`, `api_key`, `certificate`, `internal`, … */
  readonly authMethod?: string;
  readonly roles?: readonly string[];
  /** Whether the actor acts with administrative rights. */
  readonly privileged?: boolean;
  /** The party for whom a delegated actor acts: the `sub` of a token that has an `act` claim (RFC 8693). */
  readonly onBehalfOf?: { readonly id: string; readonly type?: ActorType };
  /** Who the caller said it was in a token that did not verify. Never to be read as an identity. */
  readonly claimedId?: string;
  /** Why the claim was not believed, e.g. `expired`, `bad_signature`. */
  readonly claimReason?: string;
  /** Personal data: goes to the erasable `client` section, never into the record. */
  readonly email?: string;
  /** Personal data: goes to the erasable `client` section, never into the record. */
  readonly name?: string;
}

export interface TenantRef {
  readonly id?: string;
  readonly slug?: string;
}

export interface ResourceRef {
  readonly type: string;
  readonly id?: string;
}

/** Identifiers that tie events together. */
export interface EventContext {
  readonly requestId?: string;
  /** What the caller sent as request id when it was not fit for use. */
  readonly claimedRequestId?: string;
  readonly correlationId?: string;
  /** W3C trace id, 32 hex characters. */
  readonly traceId?: string;
  /** W3C span id, 16 hex characters. */
  readonly spanId?: string;
  /** A hash of the session id, never the id itself. */
  readonly sessionId?: string;
  /** Ties the entity changes of one database transaction together. */
  readonly transactionId?: string;
  /** The event that caused this one. */
  readonly causationId?: string;
  /** Grouping key for outside ledgers (`X-Audit-Trail`). */
  readonly trail?: string;
}

/** Facts of an HTTP exchange. Times in milliseconds, sizes in bytes. */
export interface HttpFacts {
  readonly method: string;
  readonly path?: string;
  /** Route pattern, e.g. `/invoices/:id`; absent when no route matched. */
  readonly route?: string;
  /** Absent when the client went away before the response was complete. */
  readonly status?: number;
  readonly durationMs?: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  /** The client went away before the response was complete. */
  readonly aborted?: boolean;
  /** How many entity changes were recorded within this request. */
  readonly changes?: number;
}

export interface EventReason {
  /** A short machine word: `unauthenticated`, `forbidden`, `invalid`, `not_found`, `timeout`, … */
  readonly code?: string;
  /** Words for people. May name somebody, so it is stored in the erasable `metadata` section. */
  readonly text?: string;
}

/**
 * A part of an event that may have to be erased one day. It is stored beside the record, which holds
 * only a salted commitment to it.
 */
export const SECTION_NAMES = ['changes', 'client', 'error', 'metadata', 'request', 'response'] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

/** Notes on how faithful the record is. */
export type EventFlag = 'degraded' | 'truncated' | 'sanitized' | 'bulk' | 'gap' | 'backfilled';

/**
 * One thing that happened, as the application describes it. Values may be anything: they are redacted,
 * sanitised and capped when the event is built, and no input can make an event disappear.
 */
export interface AuditEvent {
  /** Dotted name from the application's catalogue, e.g. `invoice.delete`. */
  readonly action: string;
  /** @default 'success' */
  readonly outcome?: Outcome;
  /** @default derived from the outcome: `success`, `warning` (denied) or `error` (failure) */
  readonly severity?: Severity;
  /** @default the actor of the surrounding request or `runAs`, else `{ type: 'system' }` */
  readonly actor?: Actor;
  /** @default the tenant of the surrounding request or `runAs` */
  readonly tenant?: TenantRef;
  readonly resource?: ResourceRef;
  readonly reason?: EventReason | string;
  /** When it happened: RFC 3339 UTC with microseconds, or a Date. @default now */
  readonly occurredAt?: string | Date;
  readonly context?: EventContext;
  readonly http?: HttpFacts;
  readonly flags?: readonly EventFlag[];
  /** The hash chain to append to. @default by the module's `stream` option */
  readonly stream?: string;

  /** Network facts of the caller: ip, user agent, forwarded chain, … */
  readonly client?: Readonly<Record<string, unknown>>;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly changes?: readonly FieldChange[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/** One changed column or property. */
export interface FieldChange {
  /** Dotted path from the entity's root. */
  readonly path: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/** Which process of which application writes events. */
export interface ServiceIdentity {
  readonly name: string;
  readonly version?: string;
  /** Unique to one boot of one process. */
  readonly instance: string;
}
