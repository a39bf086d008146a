import { NoteError } from './note.error.js';
import { formatSignatureLine, splitNote } from './note-format.js';
import type { NoteSignature } from './note-format.js';
import type { NoteVerifier } from './verifier-key.js';

/** A signature line that a trusted key verified. */
export interface VerifiedSignature extends NoteSignature {
  /** The key that verified it. */
  verifier: NoteVerifier;
}

/**
 * A note that at least one trusted key has signed.
 *
 * @publicApi
 */
export interface OpenedNote {
  /** The signed text with its final line feed. */
  text: string;
  /** Lines of trusted keys, all good, each line once; never empty. */
  signatures: VerifiedSignature[];
  /** Lines of unknown keys. They say nothing. */
  unverified: NoteSignature[];
}

/**
 * Opens a signed note (C2SP signed-note) with trusted keys.
 *
 * Lines of unknown keys are ignored; a bad signature of a known key refuses the whole note.
 *
 * @param note the whole note, as text or as bytes
 * @param verifiers trusted keys
 * @throws NoteError if the note is malformed, a known key's signature is bad, a line fits two keys, or no trusted key
 *   signed
 * @publicApi
 */
export function openNote(note: string | Uint8Array, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const message = Buffer.from(text);
  const opened: OpenedNote = { text, signatures: [], unverified: [] };
  const seen = new Set<string>();
  for (const signature of signatures) {
    const line = formatSignatureLine(signature);
    if (seen.has(line)) continue;
    seen.add(line);
    const verifier = findVerifier(signature, verifiers);
    if (verifier === undefined) {
      opened.unverified.push(signature);
      continue;
    }
    if (!verifier.verify(message, signature.signature)) {
      throw new NoteError(
        'bad_signature',
        `The signature of "${signature.name}" (key ${signature.keyId}) does not fit the text. ` +
          'The text or the signature was changed; trust neither.',
      );
    }
    opened.signatures.push({ ...signature, verifier });
  }
  if (opened.signatures.length === 0) {
    throw new NoteError(
      'no_known_signature',
      `No trusted key signed this note; it is signed by ${list(opened.unverified)}. ` +
        'Check which keys you trust: a note that nobody known signed proves nothing.',
    );
  }
  return opened;
}

function findVerifier(line: NoteSignature, verifiers: readonly NoteVerifier[]): NoteVerifier | undefined {
  const fitting = verifiers.filter((verifier) => verifier.name === line.name && verifier.keyId === line.keyId);
  if (fitting.length > 1) {
    throw new NoteError(
      'ambiguous_key',
      `Two trusted keys have the name "${line.name}" and the id ${line.keyId}. Remove one of them.`,
    );
  }
  return fitting[0];
}

function list(signatures: readonly NoteSignature[]): string {
  return signatures.map(({ name, keyId }) => `"${name}" (${keyId})`).join(', ');
}
