import { generateKeyPairSync } from 'node:crypto';
import { formatCheckpoint } from '../../../../lib/verification/notes/checkpoint.js';
import { signNoteAsync } from '../../../../lib/verification/notes/sign-note.js';
import { keyIdOf } from '../../../../lib/ledger/sealing/event-signer.factory.js';
import { parseTrust, readTrustFile, trustKeys } from '../../../../lib/verification/trust/parse-trust.js';
import { readCheckpoint } from '../../../../lib/verification/trust/read-checkpoint.js';
import { TrustError } from '../../../../lib/verification/trust/trust.error.js';
import { freshKey, ORIGIN } from '../../../support/signed-log.js';

const first = freshKey();
const second = freshKey();
const older = freshKey('example.com/older');
const ROOT = 'ab'.repeat(32);
const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;

const trust = parseTrust(
  JSON.stringify({
    origin: ORIGIN,
    keys: [
      { key: first.verifierKey, lastSize: 100 },
      { key: second.verifierKey, firstSize: 90 },
      { key: older.verifierKey, origin: 'example.com/older', lastSize: 40 },
    ],
    eventKeys: [{ algorithm: 'ed25519', publicKey: pem, firstIndex: 5, lastIndex: 9 }],
  }),
  'trust.json',
);

const note = (size: number, keys = [first], origin = ORIGIN) =>
  signNoteAsync(formatCheckpoint({ origin, size: BigInt(size), root: Buffer.from(ROOT, 'hex') }), keys);

describe('readCheckpoint', () => {
  it.each([
    [0, first],
    [100, first],
    [90, second],
    [5000, second],
  ])('believes a key at size %i, within its limits', async (size, key) => {
    const text = size === 0 ? null : await note(size, [key]);
    if (text) expect(readCheckpoint(text, trust)).toEqual({ kind: 'trusted', origin: ORIGIN, size, root: ROOT });
  });

  it('does not believe a key beyond its limits, and says within which it would', async () => {
    expect(readCheckpoint(await note(101), trust)).toMatchObject({
      kind: 'dubious',
      reason: 'unknown_key',
      why: expect.stringMatching(/Trusted at size 101 would be .* for sizes 0 to 100, .* for sizes 90 to Infinity/),
    });
    expect(readCheckpoint(await note(89, [second]), trust)).toMatchObject({ reason: 'unknown_key' });
    expect(readCheckpoint(await note(95, [first, second]), trust)).toMatchObject({ kind: 'trusted' });
  });

  it('does not believe strangers, changed texts and nonsense', async () => {
    expect(readCheckpoint(await note(5, [freshKey()]), trust)).toMatchObject({ reason: 'unknown_key' });
    expect(readCheckpoint((await note(5)).replace('\n5\n', '\n6\n'), trust)).toMatchObject({ reason: 'bad_signature' });
    expect(readCheckpoint('nothing', trust)).toMatchObject({ kind: 'dubious', reason: 'malformed' });
  });

  it('believes the log that this one goes on from, up to where it does', async () => {
    const origin = 'example.com/older';
    expect(readCheckpoint(await note(40, [older], origin), trust)).toMatchObject({ kind: 'trusted', origin, size: 40 });
    expect(readCheckpoint(await note(41, [older], origin), trust)).toEqual({ kind: 'foreign', origin });
    expect(readCheckpoint(await note(4, [freshKey('example.com/x')], 'example.com/x'), trust)).toEqual({
      kind: 'foreign',
      origin: 'example.com/x',
    });
  });

  it('refuses sizes that no log of ours has', async () => {
    const huge = formatCheckpoint({ origin: ORIGIN, size: 2n ** 60n, root: Buffer.from(ROOT, 'hex') });
    expect(readCheckpoint(await signNoteAsync(huge, [second]), trust)).toMatchObject({ reason: 'malformed' });
  });
});

describe('parseTrust', () => {
  it('reads limits, keys of events and their names', () => {
    expect(trust.keys.map(({ firstSize, lastSize }) => [firstSize, lastSize])).toEqual([
      [0, 100],
      [90, Infinity],
      [0, 40],
    ]);
    const [key] = trust.eventKeys!;
    expect(key).toMatchObject({ algorithm: 'ed25519', from: 5, until: 10, keyId: keyIdOf(key.publicKey) });
  });

  const key = first.verifierKey;
  it.each([
    ['no JSON', 'x', /JSON/],
    ['no object', '[]', 'the file is not an object'],
    ['no origin', { keys: [] }, 'origin is not a text'],
    ['no keys', { origin: 'a' }, 'keys is not an array'],
    [
      'a misspelt member',
      { origin: 'a', keys: [{ key, lastsize: 1 }] },
      'keys[0] has a member "lastsize"; known are key, origin',
    ],
    ['a malformed key', { origin: 'a', keys: [{ key: 'x' }] }, 'name+id+base64'],
    [
      'a limit that is none',
      { origin: 'a', keys: [{ key, firstSize: -1 }] },
      'keys[0].firstSize is not an integer from 0',
    ],
    [
      'limits out of order',
      { origin: 'a', keys: [{ key, firstSize: 2, lastSize: 1 }] },
      'keys[0].lastSize is below keys[0].firstSize',
    ],
    [
      'an event key of another kind',
      { origin: 'a', keys: [], eventKeys: [{ algorithm: 'rsa-pss-sha256', publicKey: pem }] },
      'not one for rsa-pss-sha256',
    ],
    [
      'an event key that is none',
      { origin: 'a', keys: [], eventKeys: [{ algorithm: 'ed25519', publicKey: 'x' }] },
      'keys in f cannot be used',
    ],
  ])('refuses %s', (_, content, why) => {
    const parse = () => parseTrust(typeof content === 'string' ? content : JSON.stringify(content), 'f');
    expect(parse).toThrow(TrustError);
    expect(parse).toThrow(why);
  });

  it('names the file that cannot be read', async () => {
    await expect(readTrustFile('/nowhere/trust.json')).rejects.toThrow(/\/nowhere\/trust.json cannot be used: ENOENT/);
  });
});

describe('trustKeys', () => {
  it('takes the name of the log from the first key', () => {
    expect(trustKeys([first.verifierKey, second.verifierKey])).toMatchObject({ origin: ORIGIN, keys: [{}, {}] });
    expect(trustKeys([first.verifierKey], 'other')).toMatchObject({ origin: 'other' });
    expect(() => trustKeys([])).toThrow('there is none');
    expect(() => trustKeys(['x'])).toThrow(TrustError);
  });
});
