import type { OpenedCheckpoint } from '../notes/open-checkpoint.js';
import { verifyCheckpoint } from '../policy/evaluate-policy.js';
import type { Policy } from '../policy/policy.js';
import { parseProofFile } from './proof-file.js';
import type { ProofFile } from './proof-file.js';
import { verifyInclusion } from './verify-inclusion.js';

/** A proof file that holds. */
export interface VerifiedProofFile extends OpenedCheckpoint {
  /** The file's content. */
  file: ProofFile;
}

/**
 * Verifies that a record stands in a log, from a proof file and a policy alone.
 *
 * In this order: the log's origin and signature, the cosignatures, then the inclusion proof. Compute the leaf hash from
 * the record's bytes that you were shown, never take it from somebody.
 *
 * @param file the proof file as text or bytes
 * @param leafHash Merkle leaf hash of the record in question (32 bytes)
 * @param policy which logs and witnesses are trusted
 * @throws ProofFileError, NoteError, CheckpointError, PolicyError, InvalidProofError
 * @publicApi
 */
export function verifyProofFile(file: string | Uint8Array, leafHash: Uint8Array, policy: Policy): VerifiedProofFile {
  const parsed = parseProofFile(file);
  const opened = verifyCheckpoint(parsed.checkpoint, policy);
  const { size, root } = opened.checkpoint;
  verifyInclusion({ index: parsed.index, size, leafHash, proof: parsed.proof, root });
  return { file: parsed, ...opened };
}
