import { CompactRange } from '../../ledger/merkle/index.js';
import { SignerStateError } from './signer-state.error.js';

/** What a signer remembers of its last checkpoint. */
export interface SignerState {
  readonly origin: string;
  readonly size: number;
  /** Merkle root, lowercase hex. */
  readonly root: string;
  /** Roots of the perfect subtrees that tile [0, size), largest first, lowercase hex. */
  readonly compactRange: readonly string[];
  /** Verifier keys of those who signed it. */
  readonly keys: readonly string[];
  /** RFC 3339 UTC with microseconds. */
  readonly signedAt: string;
  /** Logs that this one goes on from, oldest first: each a database that was restored. */
  readonly predecessors?: readonly PredecessorLog[];
}

/** The last checkpoint of a log that ended, because its database went back in time. */
export interface PredecessorLog {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

const FORMAT = 1;

/** The text of a state file. */
export function formatSignerState(version: number, state: SignerState): string {
  return `${JSON.stringify({ format: FORMAT, version, ...state }, null, 2)}\n`;
}

/**
 * Reads a state file.
 *
 * @param source how the file is called in messages
 * @throws SignerStateError if it is not one, or its hashes do not lead to its root
 */
export function parseSignerState(text: string, source: string): { version: number; state: SignerState } {
  try {
    const { format, version, ...state } = JSON.parse(text) as { format: unknown; version: number } & SignerState;
    if (format !== FORMAT) throw new Error(`its format is ${String(format)}, expected ${FORMAT}`);
    if (!Number.isSafeInteger(version) || version < 1) throw new Error('it has no version');
    assertState(state);
    return { version, state };
  } catch (cause) {
    throw new SignerStateError(
      `The signer's memory ${source} cannot be read: ${(cause as Error).message}. Nothing is signed without it. Restore ` +
        'it from a copy; if there is none, remove it: the signer then goes on from the last checkpoint that the ' +
        'anchors and the database hold.',
      { cause },
    );
  }
}

function assertState({ origin, size, root, compactRange, keys, signedAt }: SignerState): void {
  if (typeof origin !== 'string' || origin === '') throw new Error('it names no origin');
  if (typeof signedAt !== 'string') throw new Error('it does not say when it was written');
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) throw new Error('it names no keys');
  if (!Array.isArray(compactRange)) throw new Error('it has no compact range');
  const found = CompactRange.fromHex(size, compactRange).root().toString('hex');
  if (found !== root) throw new Error(`its hashes lead to the root ${found}, it says ${String(root)}`);
}
