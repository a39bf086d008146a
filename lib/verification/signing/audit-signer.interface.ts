/**
 * A key that is kept elsewhere, such as in a KMS, and signs checkpoints.
 *
 * @publicApi
 */
export interface AuditSigner {
  /** The verifier key, `name+id+base64`, or any name of the key if `publicKey` is given. */
  readonly id: string;
  /** `ed25519`: what signed notes use. */
  readonly algorithm: string;
  /** The public key: 32 raw bytes, or PEM. @default taken from `id` */
  readonly publicKey?: Uint8Array | string;
  /** Signs the bytes as they are (Ed25519 without pre-hashing). @returns 64 bytes */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
