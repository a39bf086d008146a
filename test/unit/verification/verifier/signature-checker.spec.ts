import { generateKeyPairSync } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventSigner, EVENT_SIGNATURE_ALGORITHMS } from '../../../../lib/ledger/sealing/event-signer.factory.js';
import { PendingSignature, SignatureChecker } from '../../../../lib/verification/verifier/signature-checker.js';

const PAIRS: Record<(typeof EVENT_SIGNATURE_ALGORITHMS)[number], () => KeyPairKeyObjectResult> = {
  ed25519: () => generateKeyPairSync('ed25519'),
  'ecdsa-p256-sha256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'ecdsa-p384-sha384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'ecdsa-p521-sha512': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  'ecdsa-secp256k1-sha256': () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  'rsa-pss-sha256': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const record = Buffer.from('{"v":1}');
let folder: string;

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'audit-keys-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function signedWith(algorithm: (typeof EVENT_SIGNATURE_ALGORITHMS)[number], keyId: string) {
  const { privateKey, publicKey } = PAIRS[algorithm]();
  const keyFile = join(folder, `${keyId}.pem`);
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const signer = createEventSigner({ algorithm, keyFile, keyId });
  const sig = Buffer.from(signer.sign(record)).toString('base64');
  return { key: { keyId, algorithm, publicKey }, signature: JSON.stringify({ alg: algorithm, keyId, sig }) };
}

describe('SignatureChecker', () => {
  const settle = async (result: ReturnType<SignatureChecker['check']>) =>
    result instanceof PendingSignature ? result.verify() : result;

  it.each(EVENT_SIGNATURE_ALGORITHMS)('accepts a good signature of %s and no other', async (algorithm) => {
    const { key, signature } = signedWith(algorithm, `key-${algorithm}`);
    const checker = new SignatureChecker([key]);
    expect(await settle(checker.check(0, signature, record))).toBeNull();
    const changed = checker.check(0, signature, Buffer.from('{"v":2}'));
    expect(await settle(changed)).toMatchObject({ reason: 'bad_signature' });
    const other = signedWith(algorithm, `key-${algorithm}`);
    expect(await settle(checker.check(0, other.signature, record))).toMatchObject({
      class: 'bad_signature',
      reason: 'bad_signature',
    });
    const renamed = signature.replace(/"alg":"[^"]+"/, '"alg":"ed25519-x"');
    expect(checker.check(0, renamed, record)).toMatchObject({ reason: 'bad_signature', found: 'ed25519-x' });
  });

  const { key, signature } = (() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-keys-'));
    const made = signedWith('ed25519', 'k1');
    rmSync(folder, { recursive: true });
    return made;
  })();

  it('demands a signature where a trusted key is valid, and only there', () => {
    const checker = new SignatureChecker([{ ...key, from: 10, until: 20 }]);
    expect(checker.check(9, null, record)).toBeNull();
    expect(checker.check(10, null, record)).toMatchObject({
      class: 'bad_signature',
      reason: 'missing_signature',
      expected: 'k1',
    });
    expect(checker.check(19, null, record)).toMatchObject({ reason: 'missing_signature' });
    expect(checker.check(20, null, record)).toBeNull();
    expect(checker.check(20, signature, record)).toMatchObject({ class: 'unknown_key', reason: 'unknown_key' });
  });

  it('takes a foreign signature in the place of a trusted one for an attack', () => {
    const foreign = signature.replace('"k1"', '"k2"');
    expect(new SignatureChecker([key]).check(0, foreign, record)).toMatchObject({
      class: 'bad_signature',
      reason: 'unknown_key',
      expected: 'k1',
      found: 'k2',
    });
    expect(new SignatureChecker([]).check(0, foreign, record)).toMatchObject({
      class: 'unknown_key',
      reason: 'unknown_key',
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['a blank', signature.replace(',', ', ')],
    ['base64 without padding', signature.replace(/=+"/, '"')],
    ['base64 with other last bits', signature.replace(/.(==?)"/, (_, pad) => `/${pad}"`)],
    ['no text', Buffer.from(signature)],
    ['an unfinished escape', signature.replace('"k1"', '"\\u12"')],
  ])('refuses %s with and without keys', (_, malformed) => {
    expect(new SignatureChecker([key]).check(0, malformed, record)).toMatchObject({ reason: 'malformed' });
    expect(new SignatureChecker(undefined).check(0, malformed, record)).toMatchObject({ reason: 'malformed' });
  });

  it('says nothing of signatures when it has no keys to check them with', () => {
    expect(new SignatureChecker(undefined).check(0, signature, Buffer.from('other'))).toBeNull();
  });
});
