import { EMPTY_ROOT, HASH_BYTES } from '../../ledger/merkle/tree-hash.js';
import {
  decodeBase64,
  encodeBase64,
  equalBytes,
  isUint64,
  isWellFormed,
  parseUint64,
} from '../encoding/strict-encoding.js';
import { CheckpointError } from './checkpoint.error.js';

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f]/;

/**
 * What a log says about itself at one size (C2SP tlog-checkpoint); the text of a signed note.
 *
 * @publicApi
 */
export interface Checkpoint {
  /** Identity of the log; not empty. */
  origin: string;
  /** Number of records, 0 to 2^64−1. */
  size: bigint;
  /** Merkle root of the log at that size (32 bytes). */
  root: Uint8Array;
  /** Further lines, not empty; nobody can audit them. `@default` none */
  extensions?: readonly string[];
}

/**
 * Reads the text of a checkpoint: `origin LF size LF base64(root) LF`, then optional extension lines.
 *
 * @param text the text of the note, without its signatures
 * @throws CheckpointError if it is malformed in any way
 * @publicApi
 */
export function parseCheckpoint(text: string): Checkpoint & { extensions: string[] } {
  const [origin, sizeText, rootText, ...rest] = text.split('\n');
  if (rootText === undefined || rest.pop() !== '') {
    throw new CheckpointError(
      'malformed_checkpoint',
      'A checkpoint has at least the lines origin, size and root, each with its line feed. Was the signed part cut out?',
    );
  }
  const size = parseUint64(sizeText);
  if (size === undefined) {
    throw new CheckpointError(
      'malformed_size',
      `The size of a checkpoint is a decimal from 0 to 2^64−1 without sign or leading zero, got "${sizeText.slice(0, 40)}".`,
    );
  }
  const root = decodeBase64(rootText);
  if (root === undefined) {
    throw new CheckpointError('malformed_root', 'The root of a checkpoint is not canonical base64.');
  }
  const checkpoint = { origin, size, root, extensions: rest };
  assertCheckpoint(checkpoint);
  return checkpoint;
}

/**
 * Writes the text of a checkpoint, ready to be signed as a note.
 *
 * @throws CheckpointError if a part is impossible
 * @publicApi
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  assertCheckpoint(checkpoint);
  const { origin, size, root, extensions = [] } = checkpoint;
  return [origin, size, encodeBase64(root), ...extensions].map((line) => `${line}\n`).join('');
}

function assertCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): void {
  if (!isLine(origin)) {
    throw new CheckpointError('malformed_origin', 'The origin of a checkpoint is one line of text that is not empty.');
  }
  if (typeof size !== 'bigint' || !isUint64(size)) {
    throw new CheckpointError('malformed_size', `The size of a checkpoint is a bigint from 0 to 2^64−1, got ${size}.`);
  }
  if (root.length !== HASH_BYTES) {
    throw new CheckpointError(
      'malformed_root',
      `The root of a checkpoint is a SHA-256 hash of ${HASH_BYTES} bytes, got ${root.length}.`,
    );
  }
  if (size === 0n && !equalBytes(root, EMPTY_ROOT)) {
    throw new CheckpointError('empty_tree_root', 'A checkpoint of size 0 carries the root of the empty tree.');
  }
  if (!extensions.every(isLine)) {
    throw new CheckpointError('malformed_extension', 'An extension line of a checkpoint is text that is not empty.');
  }
}

function isLine(text: string): boolean {
  return text !== '' && !CONTROL.test(text) && isWellFormed(text);
}
