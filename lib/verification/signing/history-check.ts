import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogHead } from '../../ledger/ledger-store.port.js';
import { CompactRange } from '../../ledger/merkle/index.js';
import type { KnownCheckpoint } from './known-checkpoint.js';
import type { SignableLog } from './signable-log.port.js';
import type { SignerState } from './signer-state.js';
import { SigningRefusedError } from './signing-refused.error.js';

const PAGE = 10_000;

/** The database is shorter than what was signed. */
export function behindMemory(
  state: Pick<SignerState, 'size' | 'root'>,
  head: LogHead,
  source: string,
): SigningRefusedError {
  return new SigningRefusedError(
    {
      state: 'rollback',
      index: head.size,
      expected: `${state.size} ${state.root}`,
      found: `${head.size} ${head.root}`,
    },
    `The database has ${head.size} records, but a checkpoint over ${state.size} was signed (${source}). It was restored ` +
      'from a backup, or its end was cut off; no checkpoint is signed. If you restored it, go on under a new name: see ' +
      '"Restore from backup" in docs/operations.md.',
  );
}

/**
 * The database is as long as what was signed, or longer, and leads to another root. Tells a database that went back and
 * grew anew from one whose history was changed, by looking for an earlier checkpoint that still holds.
 *
 * Reads all leaf hashes once, in constant memory.
 */
export async function contradictsMemory(
  log: SignableLog,
  head: LogHead,
  signed: { size: number; root: string },
  earlier: readonly KnownCheckpoint[],
): Promise<SigningRefusedError> {
  const sizes = new Map(earlier.filter(({ size }) => size <= head.size).map((known) => [known.size, known]));
  let agreed: KnownCheckpoint | null = null;
  let present: string | null = null;
  const root = await walkLeafHashes(log, head.size, (range) => {
    if (range.size === signed.size) present = range.root().toString('hex');
    const known = sizes.get(range.size);
    if (known && range.root().toString('hex') === known.root) agreed = known;
  });
  return describe({ head, signed, agreed, present, root });
}

function describe(facts: {
  head: LogHead;
  signed: { size: number; root: string };
  agreed: KnownCheckpoint | null;
  present: string | null;
  root: string | null;
}): SigningRefusedError {
  const { head, signed, agreed, present, root } = facts;
  if (present === signed.root && root !== head.root) {
    return new SigningRefusedError(
      { state: 'modified', index: null, expected: root, found: head.root },
      `The head of the log says the root ${head.root}, its records lead to ${String(root)}. No checkpoint is signed. ` +
        'Verify the log.',
    );
  }
  const refusal = { expected: `${signed.size} ${signed.root}`, found: `${signed.size} ${present ?? 'unreadable'}` };
  if (agreed) {
    return new SigningRefusedError(
      { state: 'rollback', index: agreed.size, ...refusal },
      `The database agrees with what was signed up to record ${agreed.size - 1} (${agreed.source}) and has another ` +
        `history from there on; a checkpoint over ${signed.size} records had been signed. It was restored from a backup ` +
        'and went on, or its end was rewritten; no checkpoint is signed. If you restored it, go on under a new name: see ' +
        '"Restore from backup" in docs/operations.md.',
    );
  }
  return new SigningRefusedError(
    { state: 'rewritten', index: null, ...refusal },
    `The first ${signed.size} records have the root ${present ?? 'unreadable'}, but ${signed.root} was signed. The history ` +
      'was rewritten; no checkpoint is signed. Keep a copy of the database and verify it against the anchors.',
  );
}

/** @returns the root over all; null if hashes are missing or malformed */
async function walkLeafHashes(
  log: SignableLog,
  size: number,
  onSize: (range: CompactRange) => void,
): Promise<string | null> {
  const range = new CompactRange();
  try {
    while (range.size < size) {
      const hashes = await log.readLeafHashes(range.size, Math.min(range.size + PAGE, size));
      if (hashes.length === 0) return null;
      for (const hash of hashes) {
        range.append(Buffer.from(hash, 'hex'));
        onSize(range);
      }
      await nextTurn();
    }
    return range.root().toString('hex');
  } catch (error) {
    if (error instanceof Error && error.name === 'CompactRangeError') return null;
    throw error;
  }
}
