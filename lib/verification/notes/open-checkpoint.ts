import { parseCheckpoint } from './checkpoint.js';
import type { Checkpoint } from './checkpoint.js';
import { CheckpointError } from './checkpoint.error.js';
import { openNote } from './open-note.js';
import type { OpenedNote } from './open-note.js';
import type { NoteVerifier } from './verifier-key.js';

/** A checkpoint whose signatures were verified. */
export interface OpenedCheckpoint {
  /** What the log says. */
  checkpoint: Checkpoint & { extensions: string[] };
  /** Who signed it. */
  note: OpenedNote;
}

/**
 * Opens a signed checkpoint of one log.
 *
 * @param note the whole note, as text or as bytes
 * @param verifiers trusted keys of that log, and of witnesses if wanted
 * @param origin the log that is expected; pass `undefined` only if any log of these keys will do
 * @throws NoteError if the note is malformed or not signed by a trusted key
 * @throws CheckpointError if its text is not a checkpoint, or it is of another origin
 * @publicApi
 */
export function openCheckpoint(
  note: string | Uint8Array,
  verifiers: readonly NoteVerifier[],
  origin: string | undefined,
): OpenedCheckpoint {
  const opened = openNote(note, verifiers);
  const checkpoint = parseCheckpoint(opened.text);
  if (origin !== undefined && checkpoint.origin !== origin) {
    throw new CheckpointError(
      'unexpected_origin',
      `The checkpoint is of the log "${checkpoint.origin}", expected "${origin}". ` +
        'Check that the file belongs to the log you mean.',
    );
  }
  return { checkpoint, note: opened };
}
