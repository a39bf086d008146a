import type { Outcome, Severity } from '../event/audit-event.interface.js';
import type { AuditRecord } from '../event/audit-record.interface.js';
import type { JsonValue } from '../event/value-sanitizer.interface.js';

/**
 * Which events to read. All conditions must hold.
 * @publicApi
 */
export interface AuditFilter {
  /** Id of the actor. */
  readonly actor?: string;
  readonly actorType?: string;
  /** One action, several, or all that begin alike: `invoice.*`. */
  readonly action?: string | readonly string[];
  readonly outcome?: Outcome | readonly Outcome[];
  readonly severity?: Severity | readonly Severity[];
  readonly resource?: { readonly type?: string; readonly id?: string };
  /** Id of the tenant. */
  readonly tenant?: string;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly stream?: string;
  /** Events that happened at this moment or later. */
  readonly from?: Date | string;
  /** Events that happened before this moment. */
  readonly to?: Date | string;
  /** @default 'newest' */
  readonly order?: 'newest' | 'oldest';
}

/** @publicApi */
export interface AuditPageQuery extends AuditFilter {
  /** Entries of a page, 1 to 1000. @default 100 */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/**
 * A sealed event as read from the log.
 * @publicApi
 */
export interface AuditEntry {
  /** Position in the log, from 0. */
  readonly logIndex: number;
  /** Hash of `bytes`, lowercase hex. */
  readonly hash: string;
  /** The canonical record as stored and hashed: `sha256sum` of it prints `hash`. */
  readonly bytes: string;
  /** The record, parsed. */
  readonly record: AuditRecord;
  /** Values of the erasable sections that are still there, by name. */
  readonly sections: Readonly<Record<string, JsonValue>>;
  /** `{ alg, keyId, sig }` when events are signed. */
  readonly signature: { readonly alg: string; readonly keyId: string; readonly sig: string } | null;
}

/** @publicApi */
export interface AuditPage {
  readonly items: readonly AuditEntry[];
  /** Give it as `cursor` to read on; null at the end. */
  readonly nextCursor: string | null;
}
