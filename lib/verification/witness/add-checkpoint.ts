import { HASH_BYTES } from '../../ledger/merkle/tree-hash.js';
import { decodeBase64, decodeUtf8, encodeBase64, isUint64, parseUint64 } from '../encoding/strict-encoding.js';
import { WitnessMessageError } from './witness-message.error.js';

/** Most proof lines of a request: a tree below 2^64 leaves needs no more. */
const MAX_PROOF_HASHES = 63;
const OLD = 'old ';
const EMPTY_LINE = '\n\n';

/**
 * What a log sends to a witness for a cosignature (C2SP tlog-witness, `POST <prefix>/add-checkpoint`).
 *
 * @publicApi
 */
export interface AddCheckpointRequest {
  /** Size that the witness cosigned last for this log; 0 if none. */
  oldSize: bigint;
  /** Consistency proof from that size to the checkpoint's. */
  proof: Uint8Array[];
  /** The signed checkpoint, verbatim. */
  checkpoint: string;
}

/**
 * Writes the body of an `add-checkpoint` request.
 *
 * @throws WitnessMessageError if the size, the number of hashes or a hash is impossible
 * @publicApi
 */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): string {
  if (typeof oldSize !== 'bigint' || !isUint64(oldSize)) throw malformedOldSize();
  assertHashCount(proof.length);
  if (!proof.every((hash) => hash.length === HASH_BYTES)) throw malformedHash();
  return `${[`${OLD}${oldSize}`, ...proof.map(encodeBase64)].join('\n')}${EMPTY_LINE}${checkpoint}`;
}

/**
 * Reads the body of an `add-checkpoint` request. The checkpoint is not looked at: a witness answers a bad signature
 * differently from a malformed body.
 *
 * @param body the body as text or bytes
 * @throws WitnessMessageError if it is malformed
 * @publicApi
 */
export function parseAddCheckpoint(body: string | Uint8Array): AddCheckpointRequest {
  const text = typeof body === 'string' ? body : decodeUtf8(body);
  const split = text?.indexOf(EMPTY_LINE) ?? -1;
  if (text === undefined || split < 0) {
    throw new WitnessMessageError(
      'no_empty_line',
      'The body of a witness request has an empty line before its checkpoint and is UTF-8.',
    );
  }
  const [first, ...lines] = text.slice(0, split).split('\n');
  const oldSize = first.startsWith(OLD) ? parseUint64(first.slice(OLD.length)) : undefined;
  if (oldSize === undefined) throw malformedOldSize();
  assertHashCount(lines.length);
  const proof = lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) throw malformedHash();
    return hash;
  });
  return { oldSize, proof, checkpoint: text.slice(split + EMPTY_LINE.length) };
}

function assertHashCount(count: number): void {
  if (count > MAX_PROOF_HASHES) {
    throw new WitnessMessageError(
      'too_many_hashes',
      `A witness request has at most ${MAX_PROOF_HASHES} proof hashes, got ${count}.`,
    );
  }
}

function malformedOldSize(): WitnessMessageError {
  return new WitnessMessageError(
    'malformed_old_size',
    'A witness request names the old size as "old" and a decimal from 0 to 2^64−1 without sign or leading zero.',
  );
}

function malformedHash(): WitnessMessageError {
  return new WitnessMessageError(
    'malformed_hash',
    `Each proof line of a witness request is canonical base64 of ${HASH_BYTES} bytes.`,
  );
}
