import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ed25519RawPublicKey } from '../notes/ed25519.js';
import { parsePrivateKey } from '../notes/private-key.js';
import { SignatureType, ed25519Algorithm } from '../notes/signature-algorithm.js';
import { formatVerifierKey, parseVerifierKey } from '../notes/verifier-key.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import type { AuditSigner } from './audit-signer.interface.js';
import type { CheckpointKey } from './checkpoint-key.js';
import { SigningKeyError } from './signing-key.error.js';

/** Where a key comes from; exactly one of them. */
export interface KeySource {
  /** File that `keygen` wrote. */
  readonly keyFile?: string;
  /** The text in it. */
  readonly key?: string;
  readonly signer?: AuditSigner;
}

/**
 * Loads a key that signs for a log.
 *
 * @param origin the log's name; the key must be made for it
 * @throws SigningKeyError, NoteKeyError if it cannot be read, is that of another log, or is a public test key
 */
export async function loadCheckpointKey(origin: string, source: KeySource): Promise<CheckpointKey> {
  const key = source.signer ? remoteKey(origin, source.signer) : parsePrivateKey(await readKey(source));
  if (key.name !== origin) {
    throw new SigningKeyError(
      `The key is that of the log "${key.name}", but signing.origin is "${origin}". Every log has a key of its own: make ` +
        `one with "nestjs-audit-trail keygen ${origin}", or correct signing.origin.`,
    );
  }
  return key;
}

async function readKey({ keyFile, key }: KeySource): Promise<string> {
  if (key !== undefined) return key.trim();
  try {
    return (await readFile(keyFile ?? '', 'utf8')).trim();
  } catch (cause) {
    throw new SigningKeyError(
      `The key file ${keyFile} cannot be read: ${(cause as Error).message}. Without a key there are no checkpoints. ` +
        'Make one with "nestjs-audit-trail keygen", or correct signing.keyFile.',
      { cause },
    );
  }
}

function remoteKey(origin: string, signer: AuditSigner): CheckpointKey {
  if (signer.algorithm.toLowerCase() !== 'ed25519') {
    throw new SigningKeyError(
      `The signer "${signer.id}" signs with ${signer.algorithm}; checkpoints are signed with ed25519. Use an Ed25519 key.`,
    );
  }
  const verifier = verifierOf(origin, signer);
  return {
    name: verifier.name,
    keyId: verifier.keyId,
    verifierKey: formatVerifierKey(verifier),
    sign: async (text) => {
      const signature = await signer.sign(text);
      if (verifier.verify(text, signature)) return signature;
      throw new SigningKeyError(
        `The signer "${signer.id}" gave a signature that its public key does not verify. It must sign the bytes as they ` +
          'are, with Ed25519 and no hash in front, under the key that is configured. Nothing was signed.',
      );
    },
  };
}

function verifierOf(origin: string, { id, publicKey }: AuditSigner): NoteVerifier {
  try {
    if (publicKey === undefined) return parseVerifierKey(id, [ed25519Algorithm]);
    const raw = typeof publicKey === 'string' ? rawKeyOf(publicKey) : publicKey;
    return parseVerifierKey(formatVerifierKey({ name: origin, type: SignatureType.ED25519, publicKey: raw }));
  } catch (cause) {
    throw new SigningKeyError(
      `The public key of the signer "${id}" cannot be read: ${(cause as Error).message} Give the signer a "publicKey" (32 ` +
        'bytes, or PEM), or the verifier key as its "id".',
      { cause },
    );
  }
}

function rawKeyOf(pem: string): Uint8Array {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType === 'ed25519') return ed25519RawPublicKey(key);
  throw new Error(`It is a key for ${key.asymmetricKeyType}, not for ed25519.`);
}
