import { CHAIN_ALGORITHMS } from '../../event/audit-record.interface.js';
import type { ChainAlgorithm } from '../../event/audit-record.interface.js';
import type { StreamHead } from '../../ledger/ledger-store.port.js';
import type { FindingClass } from '../verifier/finding.interface.js';
import { LogTree } from '../verifier/log-tree.js';
import { VerifierStateError } from './verifier-state.error.js';

/** How far a log was read, and what has to be known to read on from there. */
export interface VerifiedPrefix {
  readonly algorithm: ChainAlgorithm;
  /** `occurredAt` of the first record. */
  readonly createdAt: string;
  /** Number of records. */
  readonly size: number;
  /** Merkle root over them, lowercase hex. */
  readonly root: string;
  /** Roots of every 4,096 records, lowercase hex. */
  readonly units: readonly string[];
  /** Roots of the perfect subtrees behind the last of these, largest first, lowercase hex. */
  readonly tail: readonly string[];
  readonly streams: readonly StreamHead[];
}

/** What a verifier remembers between two runs. */
export interface VerifierState {
  /** Name of the log; empty when it is verified without one. */
  readonly origin: string;
  /** What was found to be right. Null before the first run has got anywhere. */
  readonly verified: VerifiedPrefix | null;
  /** How far a full run has got that has not ended yet. */
  readonly full: VerifiedPrefix | null;
  /** Unit that is to be read again next. */
  readonly nextUnit: number;
  /** The newest signed checkpoint that the records were compared with. */
  readonly checkpoint: RememberedCheckpoint | null;
  /** Number of records of the newest checkpoint of an anchor that the records were found to bear out. */
  readonly anchoredSize: number;
  /** The last run that came to its end, whatever it found. */
  readonly lastRun: CompletedRun | null;
}

/** How a run ended. */
export interface CompletedRun {
  /** RFC 3339 UTC with microseconds. */
  readonly at: string;
  readonly verdict: 'valid' | FindingClass;
  readonly exitCode: 0 | 1 | 2;
  /** Number of records that the log had; null when it had no head. */
  readonly size: number | null;
  readonly findings: number;
}

export interface RememberedCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly note: string;
}

const FORMAT = 1;
const HEX_64 = /^[0-9a-f]{64}$/;

export function emptyState(origin: string): VerifierState {
  return { origin, verified: null, full: null, nextUnit: 0, checkpoint: null, anchoredSize: 0, lastRun: null };
}

export function formatVerifierState(state: VerifierState): string {
  return `${JSON.stringify({ format: FORMAT, ...state })}\n`;
}

/**
 * @param source how the text is called in messages
 * @throws VerifierStateError if it is not what {@link formatVerifierState} writes, or its hashes do not lead to its root
 */
export function parseVerifierState(text: string, source: string): VerifierState {
  try {
    const { format, ...state } = JSON.parse(text) as { format: unknown } & VerifierState;
    if (format !== FORMAT) throw new Error(`its format is ${String(format)}, expected ${FORMAT}`);
    if (typeof state.origin !== 'string') throw new Error('it names no origin');
    if (!isSize(state.nextUnit)) throw new Error('it has no next unit');
    if (state.verified !== null) treeOf(state.verified);
    if (state.full !== null) treeOf(state.full);
    if (state.checkpoint !== null && !isCheckpoint(state.checkpoint)) throw new Error('its checkpoint is malformed');
    if (!isSize(state.anchoredSize)) throw new Error('it does not say how much is anchored');
    return state;
  } catch (cause) {
    throw new VerifierStateError(source, (cause as Error).message, { cause });
  }
}

export function prefixOf(
  tree: LogTree,
  rest: Pick<VerifiedPrefix, 'algorithm' | 'createdAt' | 'streams'>,
): VerifiedPrefix {
  return {
    ...rest,
    size: tree.size,
    root: tree.root(),
    units: tree.units.map((root) => root.toString('hex')),
    tail: tree.tail.toHex(),
  };
}

/** @throws Error if the prefix does not fit together */
export function treeOf({ size, root, units, tail, streams, algorithm, createdAt }: VerifiedPrefix): LogTree {
  if (!CHAIN_ALGORITHMS.includes(algorithm)) throw new Error('it names no hash algorithm');
  if (!Array.isArray(streams) || typeof createdAt !== 'string') throw new Error('it is incomplete');
  if (!streams.every(isStream)) throw new Error('one of its streams is malformed');
  if (![...units, ...tail].every((hash) => HEX_64.test(hash))) throw new Error('one of its hashes is malformed');
  const tree = LogTree.restore(size, units.map(fromHex), tail.map(fromHex));
  if (tree.root() !== root) throw new Error(`its hashes lead to the root ${tree.root()}, it says ${String(root)}`);
  return tree;
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isStream(stream: StreamHead | null): boolean {
  const hash = stream?.lastHash;
  return typeof stream?.name === 'string' && isSize(stream.nextSequence) && (hash === null || typeof hash === 'string');
}

function isCheckpoint({ size, root, note }: RememberedCheckpoint): boolean {
  return isSize(size) && typeof root === 'string' && HEX_64.test(root) && typeof note === 'string';
}

function fromHex(hash: string): Buffer {
  return Buffer.from(hash, 'hex');
}
