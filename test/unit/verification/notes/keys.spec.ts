import {
  NoteKeyError,
  computeKeyId,
  cosigner,
  ed25519PrivateKey,
  ed25519PublicKey,
  ed25519RawPublicKey,
  ed25519Signer,
  formatPrivateKey,
  formatVerifierKey,
  generatePrivateKey,
  openNote,
  parsePrivateKey,
  parseTestPrivateKey,
  parseVerifierKey,
  signNote,
} from '../../../../lib/verification/notes/index.js';
import { ENOCH, LOG, PETER, SUM_GOLANG_ORG, WITNESS } from '../vectors/keys.js';

/** Every non-empty proper substring, then every copy with one byte one higher. */
function* damaged(text: string): Generator<string> {
  for (let start = 0; start < text.length; start++) {
    for (let end = start + 1; end <= text.length; end++) {
      if (end - start < text.length) yield text.slice(start, end);
    }
  }
  for (let position = 0; position < text.length; position++) {
    const next = String.fromCharCode(text.charCodeAt(position) + 1);
    yield text.slice(0, position) + next + text.slice(position + 1);
  }
}

function refusals(read: (text: string) => unknown, texts: Iterable<string>): { refused: number; read: string[] } {
  const outcome = { refused: 0, read: [] as string[] };
  for (const text of texts) {
    try {
      read(text);
      outcome.read.push(text);
    } catch (error) {
      if (!(error instanceof NoteKeyError)) throw error;
      outcome.refused++;
    }
  }
  return outcome;
}

describe('verifier key', () => {
  it.each([
    PETER.verifierKey,
    ENOCH.verifierKey,
    LOG.verifierKey,
    WITNESS.verifierKey,
    SUM_GOLANG_ORG.verifierKey,
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
  ])('reads and writes %s', (vkey) => {
    expect(formatVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
  });

  it('knows name, id, type and key', () => {
    const key = parseVerifierKey(WITNESS.verifierKey);
    expect(key).toMatchObject({ name: WITNESS.name, keyId: '04758baf', type: 4 });
    expect(key.publicKey).toHaveLength(32);
    expect(computeKeyId(key.name, key.type, key.publicKey)).toBe(key.keyId);
  });

  it('refuses every proper substring and every single-byte increment', () => {
    expect(refusals(parseVerifierKey, damaged(PETER.verifierKey))).toEqual({ refused: 2_210 + 66, read: [] });
  });

  it.each([
    ['nothing', '', 'malformed_key'],
    ['an upper-case id', 'PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'malformed_key_id'],
    ['another name', 'PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'key_id_mismatch'],
    ['no name', '+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'malformed_name'],
    ['a space in the name', 'Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'malformed_name'],
    ['U+0085 in the name', 'Peter\u0085+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'malformed_name'],
    ['an empty key', 'PeterNeumann+c74f20a3+', 'malformed_key'],
    [
      'a wrong length with its right id',
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEQ==',
      'wrong_key_length',
    ],
    [
      'a wrong length in non-canonical base64',
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
      'malformed_key',
    ],
    [
      'an unknown type with its right id',
      'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      'unknown_key_type',
    ],
    ['a line feed at the end', `${PETER.verifierKey}\n`, 'malformed_key'],
    ['a private key', PETER.privateKey, 'malformed_key_id'],
  ])('refuses %s', (_, vkey, reason) => {
    expect(() => parseVerifierKey(vkey)).toThrow(NoteKeyError);
    expect(() => parseVerifierKey(vkey)).toThrow(expect.objectContaining({ code: 'AUDIT_NOTE_KEY', reason }));
  });

  it('takes further signature types', () => {
    const postQuantum = {
      type: 6,
      publicKeyBytes: 1312,
      verifier: (publicKey: Uint8Array) => (_text: Uint8Array, signature: Uint8Array) => signature[0] === publicKey[0],
    };
    const vkey = formatVerifierKey({ name: 'pq.example.com', type: 6, publicKey: Buffer.alloc(1312, 7) });
    expect(() => parseVerifierKey(vkey)).toThrow(expect.objectContaining({ reason: 'unknown_key_type' }));
    const key = parseVerifierKey(vkey, [postQuantum]);
    const note = signNote('text\n', [{ name: key.name, keyId: key.keyId, sign: () => Buffer.alloc(2420, 7) }]);
    expect(openNote(note, [key]).signatures).toHaveLength(1);
  });
});

describe('private key', () => {
  it('reads and writes the published key, and knows its verifier key', () => {
    const signer = parsePrivateKey(PETER.privateKey);
    expect(signer).toMatchObject({ name: 'PeterNeumann', keyId: 'c74f20a3', verifierKey: PETER.verifierKey });
    const seed = Buffer.from(PETER.privateKey.split('+').slice(4).join('+'), 'base64').subarray(1);
    expect(formatPrivateKey('PeterNeumann', seed)).toBe(PETER.privateKey);
  });

  it('refuses every proper substring and every single-byte increment', () => {
    expect(refusals(parsePrivateKey, damaged(PETER.privateKey))).toEqual({ refused: 3_158, read: [] });
  });

  it.each([
    ['a verifier key', PETER.verifierKey, 'malformed_key'],
    ['an upper-case id', PETER.privateKey.replace('c74f20a3', 'C74F20A3'), 'malformed_key_id'],
    ['a line feed at the end', `${PETER.privateKey}\n`, 'malformed_key'],
    [
      'a cosignature key',
      PETER.privateKey.replace('AYEKFALVFGyNhPJEMzD1QIDr', 'BIEKFALVFGyNhPJEMzD1QIDr'),
      'unknown_key_type',
    ],
  ])('refuses %s', (_, text, reason) => {
    expect(() => parsePrivateKey(text)).toThrow(expect.objectContaining({ reason }));
  });

  it.each([ENOCH.seed, WITNESS.seed])('refuses the seeds of public test vectors, which only tests may use', (seed) => {
    const text = formatPrivateKey('example.com/audit-log', seed);
    expect(() => parsePrivateKey(text)).toThrow(expect.objectContaining({ reason: 'public_test_seed' }));
    expect(parseTestPrivateKey(text).verifierKey).toBe(ed25519Signer('example.com/audit-log', seed).verifierKey);
  });

  it('never shows the secret in an error', () => {
    const secret = PETER.privateKey.split('+').slice(4).join('+');
    for (const text of damaged(PETER.privateKey)) {
      try {
        parsePrivateKey(text);
      } catch (error) {
        expect((error as Error).message).not.toContain(secret.slice(2, 20));
      }
    }
  });

  it('is generated at random and signs what its verifier key opens', () => {
    const one = generatePrivateKey('example.com/log');
    const two = generatePrivateKey('example.com/log');
    expect(one.privateKey).not.toBe(two.privateKey);
    const note = signNote('text\n', [parsePrivateKey(one.privateKey)]);
    expect(openNote(note, [parseVerifierKey(one.verifierKey)]).text).toBe('text\n');
    expect(() => openNote(note, [parseVerifierKey(two.verifierKey)])).toThrow(
      expect.objectContaining({ reason: 'no_known_signature' }),
    );
  });
});

describe('signers from seeds', () => {
  it('have the published verifier keys', () => {
    expect(ed25519Signer('EnochRoot', ENOCH.seed).verifierKey).toBe(ENOCH.verifierKey);
    expect(ed25519Signer(LOG.origin, LOG.seed).verifierKey).toBe(LOG.verifierKey);
    expect(cosigner(WITNESS.name, WITNESS.seed).verifierKey).toBe(WITNESS.verifierKey);
  });

  it('refuse impossible names and seeds', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb', 'a\u2028b', 'x\ud800']) {
      expect(() => ed25519Signer(name, LOG.seed)).toThrow(expect.objectContaining({ reason: 'malformed_name' }));
    }
    expect(ed25519Signer('with\ufeffbom', LOG.seed).name).toBe('with\ufeffbom');
    expect(() => cosigner('w', Buffer.alloc(31))).toThrow(expect.objectContaining({ reason: 'wrong_key_length' }));
    expect(() => ed25519PublicKey(Buffer.alloc(33))).toThrow(expect.objectContaining({ reason: 'wrong_key_length' }));
  });

  it('give the raw public key of private and public key objects', () => {
    const privateKey = ed25519PrivateKey(LOG.seed);
    const raw = ed25519RawPublicKey(privateKey);
    expect(ed25519RawPublicKey(ed25519PublicKey(raw))).toEqual(raw);
    expect(raw).toEqual(parseVerifierKey(LOG.verifierKey).publicKey);
  });
});
