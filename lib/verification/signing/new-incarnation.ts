import { timestampNow } from '../../event/timestamp.js';
import { EMPTY_ROOT } from '../../ledger/merkle/index.js';
import type { PredecessorLog, SignerState } from './signer-state.js';
import { SignerStateError } from './signer-state.error.js';
import type { SignerStateStore } from './signer-state-store.port.js';

/** What a signer remembers of the log that a restored database ends. */
export interface EndedLog extends PredecessorLog {
  readonly version: number;
  readonly predecessors: readonly PredecessorLog[];
}

/**
 * Reads which log the signer signed last.
 *
 * @param origin name under which the restored log goes on
 * @returns null if it goes on under that name already
 * @throws SignerStateError if nothing was signed
 */
export async function readEndedLog(memory: SignerStateStore, origin: string): Promise<EndedLog | null> {
  const remembered = await memory.read();
  if (!remembered) {
    throw new SignerStateError(
      `The signer's memory ${memory.name} does not exist, so nothing is known of what was signed before the restore. Give ` +
        'the file that the application used (--state-file).',
    );
  }
  const { version, state } = remembered;
  if (state.origin === origin) return null;
  const { origin: ended, size, root, predecessors = [] } = state;
  return { origin: ended, size, root, version, predecessors };
}

/**
 * Makes the signer sign for the restored log from now on. What it signed before is kept as its predecessor.
 *
 * @returns false when somebody else changed the memory meanwhile
 */
export function beginIncarnation(memory: SignerStateStore, ended: EndedLog, origin: string): Promise<boolean> {
  const { version, predecessors, origin: name, size, root } = ended;
  const next: SignerState = {
    origin,
    size: 0,
    root: EMPTY_ROOT.toString('hex'),
    compactRange: [],
    keys: [],
    signedAt: timestampNow(),
    predecessors: [...predecessors, { origin: name, size, root }],
  };
  return memory.replace(version, next);
}
