/**
 * The open formats as pure functions, for tools that check a log without this library's server side: canonical JSON,
 * Merkle hashes and proofs, signed notes, checkpoints, proof files, policies and tiles. Needs neither Nest nor a database.
 *
 * @packageDocumentation
 */
export { CanonicalizationError, canonicalize, formatCanonicalNumber, quoteString } from './event/canonical.js';
export type { CanonicalizationReason } from './event/canonical.js';

export { CompactRange, CompactRangeError, EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from './ledger/merkle/index.js';

export {
  InvalidProofError,
  MemoryNodeSource,
  PROOF_FILE_HEADER,
  ProofFileError,
  consistencyProof,
  formatProofFile,
  inclusionProof,
  parseProofFile,
  perfectSubtrees,
  rootFromInclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  verifyProofFile,
} from './verification/proofs/index.js';
export type {
  ConsistencyProofInput,
  InclusionProofInput,
  InvalidProofReason,
  NodeSource,
  ProofFile,
  ProofFileErrorReason,
  ProofHashes,
  TreeNumber,
  VerifiedProofFile,
} from './verification/proofs/index.js';

export {
  CheckpointError,
  DEFAULT_ALGORITHMS,
  NoteError,
  NoteKeyError,
  SignatureType,
  computeKeyId,
  cosignatureAlgorithm,
  cosignedMessage,
  cosigner,
  ed25519Algorithm,
  ed25519PrivateKey,
  ed25519PublicKey,
  ed25519RawPublicKey,
  ed25519Sign,
  ed25519Signer,
  ed25519Verify,
  formatCheckpoint,
  formatCosignature,
  formatPrivateKey,
  formatVerifierKey,
  generatePrivateKey,
  joinNote,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseCosignature,
  parsePrivateKey,
  parseTestPrivateKey,
  parseVerifierKey,
  signNote,
  signNoteAsync,
  splitNote,
} from './verification/notes/index.js';
export type {
  Checkpoint,
  CheckpointErrorReason,
  Cosignature,
  LocalNoteSigner,
  NoteErrorReason,
  NoteKeyErrorReason,
  NoteParts,
  NoteSignature,
  NoteSigner,
  NoteVerifier,
  OpenedCheckpoint,
  OpenedNote,
  SignatureAlgorithm,
  VerifiedSignature,
} from './verification/notes/index.js';

export {
  PolicyError,
  parsePolicy,
  policyOfLogs,
  satisfiesPolicy,
  verifyCheckpoint,
} from './verification/policy/index.js';
export type { Policy, PolicyErrorReason, PolicyGroup, PolicyLog, PolicyWitness } from './verification/policy/index.js';

export {
  MAX_ENTRY_BYTES,
  TILE_HEIGHT,
  TILE_WIDTH,
  TileCascade,
  TileDirectory,
  TileDirectoryWriter,
  TileError,
  TileNodeSource,
  decodeEntryBundle,
  encodeEntryBundle,
  exportTileDirectory,
  hashesAtLevel,
  parseTilePath,
  tilePath,
  tileWidth,
  tilesOf,
  verifyTileDirectory,
} from './verification/tiles/index.js';
export type {
  FinishedTile,
  TileCoordinates,
  TileEntry,
  TileErrorReason,
  TileFinding,
  TileFindingClass,
  TileLevel,
  TileLogReader,
  TileLogReport,
  TileReader,
  TileSpan,
  VerifyTileOptions,
} from './verification/tiles/index.js';

export {
  WitnessMessageError,
  formatAddCheckpoint,
  mergeCosignatures,
  parseAddCheckpoint,
  witnessCheckpointPath,
} from './verification/witness/index.js';
export type { AddCheckpointRequest, WitnessMessageErrorReason } from './verification/witness/index.js';
