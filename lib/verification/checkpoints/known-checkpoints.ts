import type { Anchor } from '../anchors/anchor.port.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import type { KnownCheckpoint } from '../signing/known-checkpoint.js';
import type { CheckpointStore } from './checkpoint-store.port.js';
import { readOwnCheckpoint } from './own-checkpoint.js';

/** The newest of the database's checkpoints; enough to see how far back a restored one goes. */
const READ_FROM_DATABASE = 1_000;
/** The newest of an anchor's. */
const READ_FROM_ANCHOR = 100;

/**
 * Collects checkpoints that keys of the log have signed, from its anchors and from the database. Nothing in them can be
 * made up by whoever owns the database; only left out.
 *
 * @throws what an anchor or the store throws: a signer that cannot ask must not guess
 */
export async function collectKnownCheckpoints(sources: {
  readonly checkpoints: CheckpointStore;
  readonly anchors: readonly Anchor[];
  readonly verifiers: readonly NoteVerifier[];
  readonly origin: string;
}): Promise<KnownCheckpoint[]> {
  const { checkpoints, anchors, verifiers, origin } = sources;
  const known: KnownCheckpoint[] = [];
  const add = (note: string | null, source: string) => {
    const opened = note === null ? null : readOwnCheckpoint(note, verifiers, origin);
    if (opened) known.push({ ...opened, source });
  };
  for (const anchor of anchors) {
    for (const size of (await anchor.sizes()).slice(-READ_FROM_ANCHOR)) {
      add(await anchor.read(size), `checkpoint ${size} of the anchor ${anchor.name}`);
    }
  }
  for (const { size, note } of await checkpoints.list({ direction: 'descending', limit: READ_FROM_DATABASE })) {
    add(note, `checkpoint ${size} in the database`);
  }
  return known;
}
