import type { NoteSigner } from '../notes/note-signer.js';

/** A key that signs checkpoints, here or in a KMS, and whose public key is known. */
export interface CheckpointKey extends NoteSigner<Uint8Array | Promise<Uint8Array>> {
  /** Text form of the public key. */
  readonly verifierKey: string;
}
