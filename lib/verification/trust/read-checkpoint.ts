import { CheckpointError } from '../notes/checkpoint.error.js';
import { parseCheckpoint } from '../notes/checkpoint.js';
import type { Checkpoint } from '../notes/checkpoint.js';
import { splitNote } from '../notes/note-format.js';
import { NoteError } from '../notes/note.error.js';
import { openNote } from '../notes/open-note.js';
import type { Trust, TrustedLogKey } from './trust.interface.js';

/** A note that says how the log was, on the word of a trusted key. */
export interface TrustedCheckpoint {
  readonly kind: 'trusted';
  readonly origin: string;
  readonly size: number;
  /** Lowercase hex. */
  readonly root: string;
}

/** A note about another log. It says nothing of this one. */
export interface ForeignCheckpoint {
  readonly kind: 'foreign';
  readonly origin: string;
}

/** A note that cannot be believed. */
export interface DubiousCheckpoint {
  readonly kind: 'dubious';
  readonly reason: 'malformed' | 'bad_signature' | 'unknown_key';
  readonly why: string;
}

/**
 * Reads a signed note and decides what it is worth.
 *
 * @throws NoteError with reason `ambiguous_key` if two trusted keys have one name and id
 */
export function readCheckpoint(note: string, trust: Trust): TrustedCheckpoint | ForeignCheckpoint | DubiousCheckpoint {
  let checkpoint: Checkpoint;
  try {
    checkpoint = parseCheckpoint(splitNote(note).text);
  } catch (error) {
    return { kind: 'dubious', reason: 'malformed', why: messageOf(error) };
  }
  const { origin } = checkpoint;
  const size = Number(checkpoint.size);
  const keys = trust.keys.filter((key) => key.origin === origin);
  if (origin !== trust.origin && keys.length === 0) return { kind: 'foreign', origin };
  if (!Number.isSafeInteger(size)) {
    return { kind: 'dubious', reason: 'malformed', why: `No log of ours has ${checkpoint.size} records.` };
  }
  const valid = keys.filter(({ firstSize, lastSize }) => firstSize <= size && size <= lastSize);
  // What a log that this one goes on from became of later is no concern of this one.
  if (origin !== trust.origin && valid.length === 0) return { kind: 'foreign', origin };
  try {
    openNote(
      note,
      valid.map(({ verifier }) => verifier),
    );
  } catch (error) {
    return explain(error, size, keys);
  }
  return { kind: 'trusted', origin, size, root: Buffer.from(checkpoint.root).toString('hex') };
}

function explain(error: unknown, size: number, keys: readonly TrustedLogKey[]): DubiousCheckpoint {
  const why = messageOf(error);
  if (!(error instanceof NoteError) || error.reason === 'ambiguous_key') throw error;
  if (error.reason === 'bad_signature') return { kind: 'dubious', reason: 'bad_signature', why };
  if (error.reason !== 'no_known_signature') return { kind: 'dubious', reason: 'malformed', why };
  const ranges = keys.map((key) => `${key.verifier.keyId} for sizes ${key.firstSize} to ${key.lastSize}`);
  return {
    kind: 'dubious',
    reason: 'unknown_key',
    why: `${why} Trusted at size ${size} would be ${ranges.join(', ') || 'none'}.`,
  };
}

function messageOf(error: unknown): string {
  if (error instanceof NoteError || error instanceof CheckpointError) return error.message;
  throw error;
}
