import { NoteError } from './note.error.js';
import { assertNoteText, joinNote } from './note-format.js';
import type { NoteSigner } from './note-signer.js';

/**
 * Signs a text as a note (C2SP signed-note).
 *
 * @param text ends in a line feed; no other control character
 * @param signers one signature line each, in this order
 * @throws NoteError if the text cannot be a note's, or there is no signer
 * @publicApi
 */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  assertSignable(text, signers);
  const message = Buffer.from(text);
  return joinNote({
    text,
    signatures: signers.map((signer) => ({
      name: signer.name,
      keyId: signer.keyId,
      signature: Buffer.from(signer.sign(message)),
    })),
  });
}

/**
 * Signs a text as {@link signNote} does, with signers that answer later (a key in a KMS). They are asked in turn.
 *
 * @throws NoteError as {@link signNote}; whatever a signer throws
 * @publicApi
 */
export async function signNoteAsync(
  text: string,
  signers: readonly NoteSigner<Uint8Array | Promise<Uint8Array>>[],
): Promise<string> {
  assertSignable(text, signers);
  const message = Buffer.from(text);
  const signatures = [];
  for (const signer of signers) {
    const signature = Buffer.from(await signer.sign(message));
    signatures.push({ name: signer.name, keyId: signer.keyId, signature });
  }
  return joinNote({ text, signatures });
}

function assertSignable(text: string, signers: readonly unknown[]): void {
  assertNoteText(text);
  if (signers.length === 0) throw new NoteError('nothing_to_sign', 'A note needs at least one signer.');
}
