import { HASH_BYTES } from '../../ledger/merkle/tree-hash.js';
import { decodeBase64, decodeUtf8, encodeBase64, isUint64, parseUint64 } from '../encoding/strict-encoding.js';
import { parseCheckpoint } from '../notes/checkpoint.js';
import { splitNote } from '../notes/note-format.js';
import { ProofFileError } from './proof-file.error.js';

/** First line of every proof file. */
export const PROOF_FILE_HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^64 leaves is 64 levels high. */
const MAX_PROOF_HASHES = 64;
const EXTRA = 'extra ';
const INDEX = 'index ';
const EMPTY_LINE = '\n\n';

/**
 * What a `.tlog-proof` file holds: that one record stands in a log, for anybody to check offline.
 *
 * @publicApi
 */
export interface ProofFile {
  /** Position of the record in the log. */
  index: bigint;
  /** Inclusion proof, the leaf's sibling first. */
  proof: Uint8Array[];
  /** The signed checkpoint, verbatim. */
  checkpoint: string;
  /** Opaque extra data. Authenticated by nothing: never trust it. */
  extra?: Uint8Array;
}

/**
 * Reads a proof file (C2SP tlog-proof). Verifies nothing yet; see `verifyProofFile`.
 *
 * @param file the file as text or bytes
 * @throws ProofFileError if it is malformed, or its index is not below the checkpoint's size
 * @throws NoteError if the checkpoint is not a well-formed note
 * @throws CheckpointError if the note's text is not a checkpoint
 * @publicApi
 */
export function parseProofFile(file: string | Uint8Array): ProofFile {
  const text = typeof file === 'string' ? file : decodeUtf8(file);
  const split = text?.indexOf(EMPTY_LINE) ?? -1;
  if (text === undefined || split < 0) {
    throw new ProofFileError(
      'no_empty_line',
      'A proof file has an empty line before its checkpoint; this one has none or is not UTF-8. Was it copied whole?',
    );
  }
  const [header, ...lines] = text.slice(0, split).split('\n');
  if (header !== PROOF_FILE_HEADER) {
    throw new ProofFileError('unknown_format', `A proof file starts with the line ${PROOF_FILE_HEADER}.`);
  }
  const extra = lines[0]?.startsWith(EXTRA) ? readExtra(lines.shift() as string) : undefined;
  const index = readIndex(lines.shift());
  const proof = readHashes(lines);
  const checkpoint = text.slice(split + EMPTY_LINE.length);
  assertIndexBelowSize(index, checkpoint);
  return { index, proof, checkpoint, ...(extra !== undefined && { extra }) };
}

/**
 * Writes a proof file.
 *
 * @throws ProofFileError if a part is impossible, or the index is not below the checkpoint's size
 * @throws NoteError, CheckpointError if the checkpoint is malformed
 * @publicApi
 */
export function formatProofFile({ index, proof, checkpoint, extra }: ProofFile): string {
  if (typeof index !== 'bigint' || !isUint64(index)) throw malformedIndex();
  assertHashCount(proof.length);
  if (!proof.every((hash) => hash.length === HASH_BYTES)) throw malformedHash();
  assertIndexBelowSize(index, checkpoint);
  const lines = [
    PROOF_FILE_HEADER,
    ...(extra === undefined ? [] : [`${EXTRA}${encodeBase64(extra)}`]),
    `${INDEX}${index}`,
    ...proof.map(encodeBase64),
  ];
  return `${lines.join('\n')}${EMPTY_LINE}${checkpoint}`;
}

function readExtra(line: string): Buffer {
  const extra = decodeBase64(line.slice(EXTRA.length));
  if (extra === undefined) {
    throw new ProofFileError('malformed_extra', 'The extra data of the proof file is not canonical base64.');
  }
  return extra;
}

function readIndex(line: string | undefined): bigint {
  const index = line?.startsWith(INDEX) ? parseUint64(line.slice(INDEX.length)) : undefined;
  if (index === undefined) throw malformedIndex();
  return index;
}

function readHashes(lines: string[]): Buffer[] {
  assertHashCount(lines.length);
  return lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) throw malformedHash();
    return hash;
  });
}

function assertHashCount(count: number): void {
  if (count > MAX_PROOF_HASHES) {
    throw new ProofFileError('too_many_hashes', `A proof has at most ${MAX_PROOF_HASHES} hashes, got ${count}.`);
  }
}

function assertIndexBelowSize(index: bigint, note: string): void {
  const { size } = parseCheckpoint(splitNote(note).text);
  if (index >= size) {
    throw new ProofFileError(
      'index_out_of_range',
      `The proof file is about record ${index}, but its checkpoint covers ${size} records. They do not belong together.`,
    );
  }
}

function malformedIndex(): ProofFileError {
  return new ProofFileError(
    'malformed_index',
    'A proof file names its record as "index" and a decimal from 0 to 2^64−1 without sign or leading zero.',
  );
}

function malformedHash(): ProofFileError {
  return new ProofFileError(
    'malformed_hash',
    `Each proof hash of a proof file is a line of canonical base64 of ${HASH_BYTES} bytes.`,
  );
}
