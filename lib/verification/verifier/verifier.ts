import type { FindAcknowledged } from './discarded-rows.js';
import { FindingList } from './finding-list.js';
import type { Finding } from './finding.interface.js';
import { LogTree } from './log-tree.js';
import type { VerifiableLog } from './verifiable-log.port.js';
import type { TrustedEventKey } from './signature-checker.js';
import { toResult } from './to-result.js';
import { VerificationRun } from './verification-run.js';
import type { VerificationResult, VerifyOptions } from './verification-result.interface.js';

/** What is known of the log from elsewhere than its database. */
export interface VerifierSettings {
  /** Name of the log. @default the head's is not checked */
  readonly origin?: string;
  /** Keys of the signatures beside events. @default signatures are checked for their form only */
  readonly eventKeys?: readonly TrustedEventKey[];
  /** Tells which events a destination acknowledged: others must have their content. @default that is not checked */
  readonly acknowledged?: FindAcknowledged;
  /** Up to which index content may have been discarded after delivery. @default Infinity */
  readonly discardedBelow?: number;
  /** Names the record where otherwise only a part of the log can be named. */
  readonly locator?: FindingLocator;
}

export interface FindingLocator {
  /** The same finding, about one record if that can be known. */
  refine(finding: Finding): Promise<Finding>;
}

const DEFAULT_FINDINGS = 100;

/**
 * Checks a log against itself: reads the stored bytes and recomputes everything that was made of them.
 *
 * Whoever can write to the database can make a whole new history that fits together; that takes signed checkpoints to
 * find. Anything less is found here: a changed, missing, inserted or moved record, a column or section that does not
 * fit its record, a broken chain, a wrong head.
 *
 * @publicApi
 */
export class Verifier {
  constructor(
    private readonly log: VerifiableLog,
    private readonly settings: VerifierSettings = {},
  ) {}

  /**
   * Reads the log page by page in constant memory (but for one small entry a stream). Events may be appended meanwhile.
   *
   * @throws RangeError for options that make no sense
   * @throws the signal's reason once it is aborted
   * @throws {StoreError} the log cannot be read
   */
  async verify(options: VerifyOptions = {}): Promise<VerificationResult> {
    assertOptions(options);
    const { from = 0, stream, all = true, maxFindings = DEFAULT_FINDINGS } = options;
    const findings = new FindingList(all ? maxFindings : 1);
    const start = {
      tree: from === 0 && stream === undefined ? new LogTree() : null,
      streams: from === 0 ? [] : undefined,
    };
    const summary = await new VerificationRun(this.log, this.settings, options, start, findings).run();
    return toResult(summary, findings);
  }
}

function assertOptions(options: VerifyOptions): void {
  const smallest = { from: 0, to: 0, limit: 1, maxFindings: 1, pageSize: 1 };
  for (const [name, least] of Object.entries(smallest) as [keyof typeof smallest, number][]) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    throw new RangeError(
      `The option ${name} of verify() is an integer from ${least}, got ${String(value)}. ` +
        'Nothing was checked. Leave it out to check the whole log.',
    );
  }
}
