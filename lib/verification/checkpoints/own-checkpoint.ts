import { CheckpointError } from '../notes/checkpoint.error.js';
import { NoteError } from '../notes/note.error.js';
import { openCheckpoint } from '../notes/open-checkpoint.js';
import type { NoteVerifier } from '../notes/verifier-key.js';

/** What a note says of a log. */
export interface OpenedSize {
  readonly size: number;
  /** Lowercase hex. */
  readonly root: string;
}

/** Reads a note if a key of the log signed it; null for any other. */
export function readOwnCheckpoint(
  note: string,
  verifiers: readonly NoteVerifier[],
  origin: string | undefined,
): OpenedSize | null {
  try {
    const { size, root } = openCheckpoint(note, verifiers, origin).checkpoint;
    return { size: Number(size), root: Buffer.from(root).toString('hex') };
  } catch (error) {
    if (error instanceof NoteError || error instanceof CheckpointError) return null;
    throw error;
  }
}
