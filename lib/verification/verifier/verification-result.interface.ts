import type { Finding, FindingReason } from './finding.interface.js';

/** @publicApi */
export interface VerifyOptions {
  /** Only this stream. */
  readonly stream?: string;
  /** First `logIndex` to check. @default 0 */
  readonly from?: number;
  /** Behind the last `logIndex` to check. @default the size of the log */
  readonly to?: number;
  /** Most records to check. @default no limit */
  readonly limit?: number;
  /** Go on behind the first finding. @default true */
  readonly all?: boolean;
  /** Findings that are kept; beyond it they are only counted. @default 100 */
  readonly maxFindings?: number;
  /** Told between two pages, and at the end. */
  readonly onProgress?: (progress: VerificationProgress) => void;
  /** Ends the run between two pages; `verify` rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Most records that are read at a time. @default 500, fewer if they are large */
  readonly pageSize?: number;
}

/** @publicApi */
export interface VerificationProgress {
  /** Records checked so far. */
  readonly checked: number;
  /** Records to check, as far as known: the log may grow meanwhile. */
  readonly total: number;
  readonly findings: number;
}

/** What every verification says, whatever it found. @publicApi */
export interface VerificationSummary {
  /** Records that were read and checked. */
  readonly totalEvents: number;
  /**
   * Of these, records whose content was discarded after delivery (delivery mode `remote`): their hashes are part of the
   * tree, their content is to be checked where it was delivered to.
   */
  readonly discarded: number;
  /** Hash of the last record checked, lowercase hex; null when there was none. */
  readonly lastHash: string | null;
  /** Number of records that the log's head names; null when the log has no head. */
  readonly size: number | null;
  /** Merkle root over the first `to` records, recomputed from their bytes, in hex; null when not all of them were read. */
  readonly root: string | null;
  /** First `logIndex` checked. */
  readonly from: number;
  /** Behind the last `logIndex` checked. */
  readonly to: number;
  readonly durationMs: number;
  /** What this run could not or should not check, in words. */
  readonly unchecked: readonly string[];
  /** By position; at most `maxFindings`. */
  readonly findings: readonly Finding[];
  readonly totalFindings: number;
}

/** Everything that was checked is as it was sealed. @publicApi */
export interface ValidLog extends VerificationSummary {
  readonly valid: true;
}

/** Something is wrong. The first finding is repeated here. @publicApi */
export interface InvalidLog extends VerificationSummary {
  readonly valid: false;
  /** `logIndex` of the first record that is wrong; null when no record is, but a row beside them. */
  readonly errorIndex: number | null;
  readonly reason: FindingReason;
  readonly expected: string | null;
  readonly found: string | null;
  readonly eventId: string | null;
}

/** @publicApi */
export type VerificationResult = ValidLog | InvalidLog;
