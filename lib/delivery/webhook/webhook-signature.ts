import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { DeliveryConfigurationError } from '../delivery.errors.js';

const SYMMETRIC = 'whsec_';
const ASYMMETRIC = 'whsk_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const SEED_BYTES = 32;
/** ASN.1 of a PKCS#8 Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** ASN.1 of a SubjectPublicKeyInfo Ed25519 key up to its 32 bytes (RFC 8410 §4). */
const SPKI_PREFIX_BYTES = 12;

/** Makes one element of the header `webhook-signature`. */
type Signer = (content: Buffer) => string;

/**
 * Signs webhooks as Standard Webhooks 1.0 says: over `id.timestamp.body`, with every secret that is given.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export class WebhookSigner {
  private readonly signers: readonly Signer[];

  /** @throws DeliveryConfigurationError if there is no secret or one of them is malformed; it never names a secret */
  constructor(secrets: readonly string[]) {
    if (!Array.isArray(secrets) || secrets.length === 0) {
      throw new DeliveryConfigurationError(
        'A webhook needs at least one secret, else its receiver could not tell our events from anybody’s. Make one: ' +
          '`echo whsec_$(openssl rand -base64 32)`.',
      );
    }
    this.signers = secrets.map((secret, index) => signerOf(secret, index));
  }

  /** Headers of one attempt. The id and the body are the same on each try; timestamp and signature are not. */
  headers(id: string, body: string, timestampSeconds: number): Record<string, string> {
    const content = Buffer.from(`${id}.${timestampSeconds}.${body}`);
    return {
      'webhook-id': id,
      'webhook-timestamp': String(timestampSeconds),
      'webhook-signature': this.signers.map((signer) => signer(content)).join(' '),
    };
  }
}

function signerOf(secret: unknown, index: number): Signer {
  if (typeof secret === 'string' && secret.startsWith(SYMMETRIC)) return symmetric(decode(secret, SYMMETRIC), index);
  if (typeof secret === 'string' && secret.startsWith(ASYMMETRIC)) return asymmetric(decode(secret, ASYMMETRIC), index);
  throw malformed(index, `it begins with ${SYMMETRIC} (HMAC) or ${ASYMMETRIC} (Ed25519)`);
}

function symmetric(key: Buffer | null, index: number): Signer {
  if (key === null || key.length < 24 || key.length > 64)
    throw malformed(index, 'behind whsec_ stand 24–64 bytes in base64');
  return (content) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** Takes the 32-byte seed, or seed and public key together as NaCl writes a secret key. */
function asymmetric(bytes: Buffer | null, index: number): Signer {
  if (bytes === null || (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES)) {
    throw malformed(index, 'behind whsk_ stands an Ed25519 key of 32 or 64 bytes in base64');
  }
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX_BYTES);
  if (bytes.length > SEED_BYTES && !publicKey.equals(bytes.subarray(SEED_BYTES))) {
    throw malformed(index, 'its second half is not the public key of its first half');
  }
  return (content) => `v1a,${sign(null, content, key).toString('base64')}`;
}

function decode(secret: string, prefix: string): Buffer | null {
  const text = secret.slice(prefix.length);
  return BASE64.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64') : null;
}

function malformed(index: number, rule: string): DeliveryConfigurationError {
  return new DeliveryConfigurationError(`The webhook secret at position ${index} is malformed: ${rule}.`);
}
