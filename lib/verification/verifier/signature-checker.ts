import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeBase64 } from '../encoding/strict-encoding.js';
import type { FindingClass, FindingReason } from './finding.interface.js';
import { TEXT } from './record/shape.js';

/**
 * A public key that signatures of single events are checked against.
 *
 * @publicApi
 */
export interface TrustedEventKey {
  readonly keyId: string;
  /** `ed25519`, `ecdsa-p256-sha256`, … */
  readonly algorithm: string;
  readonly publicKey: KeyObject;
  /** First `logIndex` that it signs: from here on every event must be signed. @default 0 */
  readonly from?: number;
  /** Behind the last `logIndex` that it signs. @default no end */
  readonly until?: number;
  /** It is not known what it signs: signatures of it are checked, and none are demanded. @default false */
  readonly optional?: boolean;
}

export interface SignatureProblem {
  readonly class: FindingClass;
  readonly reason: FindingReason;
  readonly expected: string | null;
  readonly found: string | null;
  readonly why: string;
}

/** Far beyond any signature; a text of gigabytes is not searched. */
const MAX_LENGTH = 16_384;
const FORM = new RegExp(`^\\{"alg":"([a-z0-9-]+)","keyId":("${TEXT}"),"sig":"([A-Za-z0-9+/]+={0,2})"\\}$`);

/** Checks the signature beside a record against trusted keys only, never against what the log says of keys. */
export class SignatureChecker {
  /** @param keys undefined: the form is checked, nothing else; an empty list: no event may be signed */
  constructor(private readonly keys: readonly TrustedEventKey[] | undefined) {}

  get checksKeys(): boolean {
    return this.keys !== undefined;
  }

  /**
   * @param record bytes of the record; they are copied if they are needed later
   * @returns what is wrong, null if nothing is, or what remains to be computed
   */
  check(index: number, signature: unknown, record: Uint8Array): SignatureProblem | PendingSignature | null {
    const valid = this.keys?.filter((key) => isValidAt(key, index)) ?? [];
    const due = valid.filter(({ optional }) => !optional);
    if (signature === null) {
      if (due.length === 0) return null;
      return problem('bad_signature', 'missing_signature', names(due), null, 'the event must be signed and is not');
    }
    const readable = typeof signature === 'string' && signature.length <= MAX_LENGTH;
    const parts = readable ? FORM.exec(signature) : null;
    const bytes = parts && decodeBase64(parts[3]);
    if (!parts || !bytes) {
      return problem('malformed', 'malformed', null, String(signature).slice(0, 80), 'the signature is malformed');
    }
    if (!this.keys) return null;
    const algorithm = parts[1];
    const keyId = JSON.parse(parts[2]) as string;
    const key = valid.find((one) => one.keyId === keyId);
    if (!key && this.keys.some(({ optional }) => optional) && due.length === 0) return null;
    if (!key) {
      const why = this.keys.some((one) => one.keyId === keyId)
        ? `the key ${keyId} is trusted, but not at this position`
        : `the key ${keyId} is not trusted`;
      // Where a trusted key must have signed, somebody has put a signature in its place.
      return problem(due.length > 0 ? 'bad_signature' : 'unknown_key', 'unknown_key', names(due), keyId, why);
    }
    if (key.algorithm !== algorithm) {
      return problem(
        'bad_signature',
        'bad_signature',
        key.algorithm,
        algorithm,
        'the key signs with another algorithm',
      );
    }
    return new PendingSignature(key, Buffer.from(record), bytes);
  }
}

/** A signature whose key is known; computing it takes longer than everything else about a record, and can wait. */
export class PendingSignature {
  constructor(
    private readonly key: TrustedEventKey,
    private readonly record: Buffer,
    private readonly signature: Buffer,
  ) {}

  /** Computes it on another thread. */
  async verify(): Promise<SignatureProblem | null> {
    const { keyId } = this.key;
    if (await isGood(this.key, this.record, this.signature)) return null;
    const why = `the signature of the key ${keyId} does not fit the record`;
    return problem('bad_signature', 'bad_signature', keyId, keyId, why);
  }
}

function isValidAt({ from = 0, until = Infinity }: TrustedEventKey, index: number): boolean {
  return from <= index && index < until;
}

function isGood(
  { algorithm, publicKey }: TrustedEventKey,
  record: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const digest = algorithm === 'ed25519' ? null : algorithm.slice(algorithm.lastIndexOf('-') + 1);
  const key =
    algorithm === 'rsa-pss-sha256'
      ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : publicKey;
  return new Promise((resolve) => {
    // An error means a signature that the algorithm cannot even read.
    const done = (error: Error | null, good: boolean) => resolve(error === null && good);
    try {
      verify(digest, record, key, signature, done);
    } catch {
      resolve(false);
    }
  });
}

function names(keys: readonly TrustedEventKey[]): string | null {
  return keys.length === 0 ? null : keys.map(({ keyId }) => keyId).join(', ');
}

function problem(
  kind: FindingClass,
  reason: FindingReason,
  expected: string | null,
  found: string | null,
  why: string,
): SignatureProblem {
  return { class: kind, reason, expected, found, why };
}
