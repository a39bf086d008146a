import { hash } from 'node:crypto';
import { formatSignatureLine, joinNote, parseSignatureLine, splitNote } from '../notes/note-format.js';
import { openNote } from '../notes/open-note.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import { WitnessMessageError } from './witness-message.error.js';

/**
 * Adds the signature lines of a witness's answer to a checkpoint. Only lines that a known witness key verifies are kept.
 *
 * @param note the signed checkpoint that was sent
 * @param answer body of the answer: one or more signature lines
 * @param witnesses keys of the witness that was asked
 * @returns the checkpoint with the cosignatures behind the lines that it had
 * @throws NoteError if a line is malformed, or its signature is bad
 * @throws WitnessMessageError if no line is of a known key
 * @publicApi
 */
export function mergeCosignatures(note: string, answer: string, witnesses: readonly NoteVerifier[]): string {
  const { text, signatures } = splitNote(note);
  const lines = answer.split('\n');
  const received = (lines.at(-1) === '' ? lines.slice(0, -1) : lines).map(parseSignatureLine);
  const known = received.filter((line) =>
    witnesses.some(({ name, keyId }) => name === line.name && keyId === line.keyId),
  );
  if (known.length === 0) {
    throw new WitnessMessageError(
      'no_cosignature',
      'The answer holds no signature of the witness that was asked. Check the configured witness key.',
    );
  }
  const verified = openNote(joinNote({ text, signatures: known }), witnesses).signatures;
  const present = new Set(signatures.map(formatSignatureLine));
  const added = verified.filter((line) => !present.has(formatSignatureLine(line)));
  return joinNote({ text, signatures: [...signatures, ...added] });
}

/**
 * Path, below a witness's monitoring prefix, of the latest checkpoint that it has cosigned for a log.
 *
 * @publicApi
 */
export function witnessCheckpointPath(origin: string): string {
  return `${hash('sha256', origin, 'hex')}/checkpoint`;
}
