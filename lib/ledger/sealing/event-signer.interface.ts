/** Signs single records. Local keys only: it runs inside the append, so it has to be quick and synchronous. */
export interface EventSigner {
  /** Name under which verifiers know the key. */
  readonly keyId: string;
  /** `ed25519`, `ecdsa-p256-sha256`, … as documented in docs/formats.md. */
  readonly algorithm: string;
  /** Signs the stored bytes of a record. */
  sign(record: Uint8Array): Uint8Array;
}
