import { decodeBase64, decodeUtf8, encodeBase64, isWellFormed } from '../encoding/strict-encoding.js';
import { isKeyName } from './key-name.js';
import { NoteError } from './note.error.js';

/** Most signature lines that are read. */
export const MAX_NOTE_SIGNATURES = 100;
/** Largest note that is read, in UTF-16 units; 100 post-quantum signatures fit. */
export const MAX_NOTE_LENGTH = 1_000_000;

const LINE_START = '— ';
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL_BUT_LINE_FEED = /[\u0000-\u0009\u000b-\u001f]/;
const KEY_ID_BYTES = 4;
const EMPTY_LINE = '\n\n';

/** One signature line of a note, not yet verified. */
export interface NoteSignature {
  /** Key name. */
  name: string;
  /** Key id, 8 lowercase hex digits. */
  keyId: string;
  /** What follows the key id; its form depends on the type of the key. */
  signature: Buffer;
}

/** A note taken apart, nothing verified. */
export interface NoteParts {
  /** The signed text with its final line feed. */
  text: string;
  /** Signature lines in order. */
  signatures: NoteSignature[];
}

/**
 * Takes a note apart without verifying anything.
 *
 * @param note the whole note, as text or as bytes
 * @throws NoteError if it is not a well-formed signed note
 */
export function splitNote(note: string | Uint8Array): NoteParts {
  const whole = toNoteText(note);
  if (!whole.endsWith('\n')) throw malformed('does not end in a line feed');
  const split = whole.lastIndexOf(EMPTY_LINE);
  if (split < 0) throw malformed('has no empty line before its signatures');
  const lines = whole.slice(split + EMPTY_LINE.length).split('\n');
  lines.pop();
  if (lines.length === 0) throw malformed('has no signature line');
  if (lines.length > MAX_NOTE_SIGNATURES) {
    throw new NoteError(
      'too_many_signatures',
      `The note has ${lines.length} signature lines, at most ${MAX_NOTE_SIGNATURES} are read.`,
    );
  }
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/**
 * Puts a text and its signatures together.
 *
 * @throws NoteError if the text cannot be signed (see {@link assertNoteText}) or there is no signature
 */
export function joinNote({ text, signatures }: NoteParts): string {
  assertNoteText(text);
  if (signatures.length === 0) throw new NoteError('nothing_to_sign', 'A note needs at least one signature.');
  return `${text}\n${signatures.map(formatSignatureLine).join('')}`;
}

/** Writes a signature line with its line feed. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  return `${LINE_START}${name} ${encodeBase64(Buffer.concat([Buffer.from(keyId, 'hex'), signature]))}\n`;
}

/**
 * Reads one signature line without its line feed.
 *
 * @throws NoteError if it is anything but `— name base64(key id ‖ signature)`
 */
export function parseSignatureLine(line: string): NoteSignature {
  const [name, encoded, ...rest] = line.startsWith(LINE_START) ? line.slice(LINE_START.length).split(' ') : [];
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (name === undefined || !isKeyName(name) || rest.length > 0 || !bytes || bytes.length <= KEY_ID_BYTES) {
    throw new NoteError(
      'malformed_signature_line',
      `"${line.slice(0, 80)}" is not a signature line (— name base64). The note was damaged or edited.`,
    );
  }
  return { name, keyId: bytes.toString('hex', 0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** @throws NoteError unless the text can be the text of a note: not empty, ends in LF, no other control character */
export function assertNoteText(text: string): void {
  if (text === '' || !text.endsWith('\n') || CONTROL_BUT_LINE_FEED.test(text) || !isWellFormed(text)) {
    throw new NoteError(
      'nothing_to_sign',
      'The text of a note ends in a line feed, is well-formed Unicode and holds no other control character.',
    );
  }
}

function toNoteText(note: string | Uint8Array): string {
  if (note.length > 4 * MAX_NOTE_LENGTH) throw tooLarge();
  const text = typeof note === 'string' ? note : decodeUtf8(note);
  if (text === undefined || !isWellFormed(text)) throw malformed('is not valid UTF-8');
  if (text.length > MAX_NOTE_LENGTH) throw tooLarge();
  if (CONTROL_BUT_LINE_FEED.test(text)) throw malformed('holds a control character other than a line feed');
  return text;
}

function malformed(what: string): NoteError {
  return new NoteError('malformed_note', `The note ${what}. It was damaged, or it is not a signed note.`);
}

function tooLarge(): NoteError {
  return new NoteError('too_large', `The note is longer than ${MAX_NOTE_LENGTH} characters and is not read.`);
}
