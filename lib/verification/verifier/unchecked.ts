import type { LogHead } from '../../ledger/ledger-store.port.js';
import type { VerifyOptions } from './verification-result.interface.js';
import type { VerifierSettings } from './verifier.js';

export interface RunFacts {
  readonly head: LogHead | null;
  /** Whether the run goes to the end of the log, or of its stream, with everything that takes to compare. */
  readonly complete: boolean;
  /** Whether the records before `from` were verified by an earlier run. */
  readonly continued: boolean;
}

/** What a run leaves out, in words: whoever reads `valid` must know of what. */
export function describeUnchecked(
  { stream, from = 0 }: VerifyOptions,
  { origin, eventKeys }: VerifierSettings,
  { head, complete, continued }: RunFacts,
): string[] {
  const unchecked: string[] = [];
  if (!head) unchecked.push('the Merkle root, the streams and the end of the log: the head is gone');
  else if (stream !== undefined) {
    unchecked.push('records of other streams', 'positions in the log and the Merkle root, which need all streams');
    if (!complete) unchecked.push('the row of the stream in audit_stream');
  } else if (!complete) unchecked.push('the Merkle root and the rows of audit_stream, which need all records');
  if (from > 0 && !continued) unchecked.push(`records before ${from}, and the links to them`);
  if (!eventKeys) unchecked.push('signatures of single events, but for their form: no keys were given');
  if (origin === undefined && head?.origin) unchecked.push("the head's origin: none was given");
  return unchecked;
}
