export { NoteError } from './note.error.js';
export type { NoteErrorReason } from './note.error.js';
export { NoteKeyError } from './note-key.error.js';
export type { NoteKeyErrorReason } from './note-key.error.js';
export { CheckpointError } from './checkpoint.error.js';
export type { CheckpointErrorReason } from './checkpoint.error.js';
export { assertKeyName, computeKeyId, isKeyName } from './key-name.js';
export {
  ED25519_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  ed25519PrivateKey,
  ed25519PublicKey,
  ed25519RawPublicKey,
  ed25519Sign,
  ed25519Verify,
  generateEd25519Seed,
} from './ed25519.js';
export { cosignedMessage, formatCosignature, parseCosignature } from './cosignature.js';
export type { Cosignature } from './cosignature.js';
export { DEFAULT_ALGORITHMS, SignatureType, cosignatureAlgorithm, ed25519Algorithm } from './signature-algorithm.js';
export type { SignatureAlgorithm } from './signature-algorithm.js';
export { formatVerifierKey, parseVerifierKey } from './verifier-key.js';
export type { NoteVerifier } from './verifier-key.js';
export { cosigner, ed25519Signer } from './note-signer.js';
export type { LocalNoteSigner, NoteSigner } from './note-signer.js';
export { formatPrivateKey, generatePrivateKey, parsePrivateKey, parseTestPrivateKey } from './private-key.js';
export { formatSignatureLine, joinNote, parseSignatureLine, splitNote } from './note-format.js';
export type { NoteParts, NoteSignature } from './note-format.js';
export { openNote } from './open-note.js';
export type { OpenedNote, VerifiedSignature } from './open-note.js';
export { signNote, signNoteAsync } from './sign-note.js';
export { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
export type { Checkpoint } from './checkpoint.js';
export { openCheckpoint } from './open-checkpoint.js';
export type { OpenedCheckpoint } from './open-checkpoint.js';
