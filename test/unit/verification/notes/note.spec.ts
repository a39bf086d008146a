import {
  NoteError,
  cosigner,
  ed25519Signer,
  joinNote,
  openNote,
  parseCosignature,
  formatCosignature,
  parsePrivateKey,
  parseVerifierKey,
  signNote,
  signNoteAsync,
  splitNote,
} from '../../../../lib/verification/notes/index.js';
import { ENOCH, LOG, PETER, WITNESS } from '../vectors/keys.js';
import {
  BOTH_NOTE,
  CHECKPOINT_TEXT,
  ENOCH_LINE,
  NOTE_TEXT,
  PETER_LINE,
  PETER_NOTE,
  WITNESS_LINE,
} from '../vectors/notes.js';

const peter = parseVerifierKey(PETER.verifierKey);
const enoch = parseVerifierKey(ENOCH.verifierKey);
const signPeter = parsePrivateKey(PETER.privateKey);
const signEnoch = ed25519Signer('EnochRoot', ENOCH.seed);

describe('signNote', () => {
  it('makes the published note byte for byte', () => {
    expect(signNote(NOTE_TEXT, [signPeter])).toBe(PETER_NOTE);
    expect(signNote(NOTE_TEXT, [signPeter, signEnoch])).toBe(BOTH_NOTE);
  });

  it('waits for signers that answer later', async () => {
    const remote = { ...signEnoch, sign: async (text: Uint8Array) => signEnoch.sign(text) };
    expect(await signNoteAsync(NOTE_TEXT, [signPeter, remote])).toBe(BOTH_NOTE);
    await expect(signNoteAsync(NOTE_TEXT, [])).rejects.toThrow(NoteError);
    await expect(signNoteAsync('x', [remote])).rejects.toThrow(NoteError);
  });

  it.each([
    ['an empty text', ''],
    ['a text without final line feed', 'x'],
    ['a TAB', 'a\tb\n'],
    ['a carriage return', 'a\r\n'],
    ['NUL', '\0\n'],
    ['a lone surrogate', '\ud800\n'],
  ])('refuses %s', (_, text) => {
    expect(() => signNote(text, [signPeter])).toThrow(expect.objectContaining({ reason: 'nothing_to_sign' }));
  });

  it('refuses a note without signer', () => {
    expect(() => signNote('x\n', [])).toThrow(expect.objectContaining({ reason: 'nothing_to_sign' }));
    expect(() => joinNote({ text: 'x\n', signatures: [] })).toThrow(NoteError);
  });
});

describe('openNote', () => {
  it('opens the published notes, as text and as bytes', () => {
    for (const note of [BOTH_NOTE, Buffer.from(BOTH_NOTE)]) {
      const opened = openNote(note, [peter, enoch]);
      expect(opened.text).toBe(NOTE_TEXT);
      expect(opened.signatures.map(({ name, keyId }) => [name, keyId])).toEqual([
        ['PeterNeumann', 'c74f20a3'],
        ['EnochRoot', 'af0cfe78'],
      ]);
      expect(opened.signatures[0].verifier).toBe(peter);
      expect(opened.unverified).toEqual([]);
    }
  });

  it('opens the note of the second source', () => {
    const note =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    expect(openNote(note, [key]).text).toBe('This is an example message.\n');
  });

  it('sets lines of unknown keys aside, even if they share name or id with a known key', () => {
    expect(openNote(BOTH_NOTE, [enoch])).toMatchObject({
      signatures: [{ name: 'EnochRoot' }],
      unverified: [{ name: 'PeterNeumann', keyId: 'c74f20a3' }],
    });
    const otherName = ENOCH_LINE.replace('EnochRoot', 'Somebody');
    const otherId = ENOCH_LINE.replace(' rwz', ' Rwz');
    expect(openNote(`${NOTE_TEXT}\n${PETER_LINE}${otherName}${otherId}`, [peter, enoch]).unverified).toHaveLength(2);
  });

  it('accepts an empty line inside the text', () => {
    const text = 'one\n\n\ntwo\n\n';
    expect(openNote(signNote(text, [signPeter]), [peter]).text).toBe(text);
  });

  it('accepts an unused duplicate verifier, and the same good line repeated', () => {
    expect(openNote(PETER_NOTE, [peter, enoch, enoch]).signatures).toHaveLength(1);
    expect(openNote(PETER_NOTE + PETER_LINE + PETER_LINE, [peter]).signatures).toHaveLength(1);
  });

  it('accepts 100 signature lines, and long post-quantum ones', () => {
    const strangers = Array.from({ length: 99 }, (_, index) => ({
      name: `stranger-${index}`,
      keyId: '00000000',
      signature: Buffer.alloc(index === 0 ? 4_900 : 64, 5),
    }));
    const lines = joinNote({ text: NOTE_TEXT, signatures: strangers }).slice(NOTE_TEXT.length + 1);
    expect(openNote(PETER_NOTE + lines, [peter]).unverified).toHaveLength(99);
    expect(() => openNote(PETER_NOTE + lines + ENOCH_LINE, [peter])).toThrow(
      expect.objectContaining({ reason: 'too_many_signatures' }),
    );
  });

  const spliced = PETER_LINE.replace(' x08go/ZJ', ' x08go/ZJABCD');
  const fewBytes = `— PeterNeumann ${Buffer.from('c74f20a3', 'hex').toString('base64')}\n`;
  const cut = Buffer.from(PETER_LINE.split(' ')[2], 'base64')
    .subarray(0, 4 + 63)
    .toString('base64');
  const inLine = (from: string, to: string) => `${NOTE_TEXT}\n${PETER_LINE.replace(from, to)}`;

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'malformed_note'],
    ['no empty line', NOTE_TEXT + PETER_LINE, 'malformed_note'],
    ['an empty line but no signature', `${NOTE_TEXT}\n`, 'malformed_note'],
    ['a last line without line feed', PETER_NOTE.slice(0, -1), 'malformed_note'],
    ['the byte 01 in front', `\u0001${PETER_NOTE}`, 'malformed_note'],
    ['the byte ff in front', Buffer.concat([Uint8Array.of(0xff), Buffer.from(PETER_NOTE)]), 'malformed_note'],
    ['a lone surrogate', `\ud800${PETER_NOTE}`, 'malformed_note'],
    ['a TAB in the text', PETER_NOTE.replace('you think', 'you\tthink'), 'malformed_note'],
    ['CRLF line ends', PETER_NOTE.replaceAll('\n', '\r\n'), 'malformed_note'],
    ['a BOM in front', `\ufeff${PETER_NOTE}`, 'bad_signature'],
    ['a BOM in front, as bytes', Buffer.from(`\ufeff${PETER_NOTE}`), 'bad_signature'],
    ['a space in the name', inLine('PeterNeumann', 'Peter Neumann'), 'malformed_signature_line'],
    ['U+0085 in the name', inLine('PeterNeumann', 'Peter\u0085Neumann'), 'malformed_signature_line'],
    ['U+3000 in the name', inLine('PeterNeumann', 'Peter\u3000Neumann'), 'malformed_signature_line'],
    ['a plus in the name', inLine('PeterNeumann', 'Peter+Neumann'), 'malformed_signature_line'],
    ['no name', inLine('PeterNeumann ', ' '), 'malformed_signature_line'],
    ['a hyphen instead of the dash', inLine('—', '-'), 'malformed_signature_line'],
    ['an en dash instead of the dash', inLine('—', '–'), 'malformed_signature_line'],
    ['two spaces', inLine('PeterNeumann ', 'PeterNeumann  '), 'malformed_signature_line'],
    ['two spaces after the dash', inLine('— ', '—  '), 'malformed_signature_line'],
    ['a trailing space', inLine('nAM=\n', 'nAM= \n'), 'malformed_signature_line'],
    ['a trailing junk line', `${PETER_NOTE}junk\n`, 'malformed_signature_line'],
    ['a trailing empty line', `${PETER_NOTE}\n`, 'malformed_note'],
    ['an empty line between signatures', `${NOTE_TEXT}\n${PETER_LINE}\n${ENOCH_LINE}`, 'bad_signature'],
    ['a signature of 4 bytes, the id alone', `${NOTE_TEXT}\n${fewBytes}`, 'malformed_signature_line'],
    ['a signature of 63 bytes', `${NOTE_TEXT}\n— PeterNeumann ${cut}\n`, 'bad_signature'],
    ['bytes spliced into the base64', `${NOTE_TEXT}\n${spliced}`, 'bad_signature'],
    ['one letter of the text changed', PETER_NOTE.replace('cryptography', 'cryptographY'), 'bad_signature'],
    ['one bit of the signature changed', inLine('/ZJkuBS9', '/ZJkuBS8'), 'bad_signature'],
    ['non-canonical base64', inLine('nAM=', 'nAN='), 'malformed_signature_line'],
    ['base64 without padding', inLine('nAM=', 'nAM'), 'malformed_signature_line'],
    ['the URL alphabet', inLine('x08go/', 'x08go_'), 'malformed_signature_line'],
    ['a bad second line of a known key', PETER_NOTE + PETER_LINE.replace('/ZJkuBS9', '/ZJkuBS8'), 'bad_signature'],
    ['more than a million characters', `${'x'.repeat(1_000_000)}\n\n${PETER_LINE}`, 'too_large'],
  ])('refuses %s', (_, note, reason) => {
    expect(() => openNote(note, [peter, enoch])).toThrow(NoteError);
    expect(() => openNote(note, [peter, enoch])).toThrow(expect.objectContaining({ code: 'AUDIT_NOTE', reason }));
  });

  it('refuses a note that nobody known has signed', () => {
    expect(() => openNote(PETER_NOTE, [enoch])).toThrow(expect.objectContaining({ reason: 'no_known_signature' }));
    expect(() => openNote(PETER_NOTE, [])).toThrow(expect.objectContaining({ reason: 'no_known_signature' }));
  });

  it('refuses to choose between two keys with one name and id', () => {
    expect(() => openNote(PETER_NOTE, [peter, peter])).toThrow(expect.objectContaining({ reason: 'ambiguous_key' }));
  });
});

describe('splitNote', () => {
  it('takes a note apart that joinNote puts together again', () => {
    expect(joinNote(splitNote(BOTH_NOTE))).toBe(BOTH_NOTE);
  });
});

describe('cosignature', () => {
  const witness = parseVerifierKey(WITNESS.verifierKey);
  const sign = cosigner(WITNESS.name, WITNESS.seed, () => WITNESS.time);

  it('is the published one, and carries its time', () => {
    const note = signNote(CHECKPOINT_TEXT, [sign]);
    expect(note).toBe(`${CHECKPOINT_TEXT}\n${WITNESS_LINE}`);
    const [line] = openNote(note, [witness]).signatures;
    expect(parseCosignature(line.signature)?.time).toBe(WITNESS.time);
  });

  it('is bad with another time', () => {
    const { text, signatures } = splitNote(signNote(CHECKPOINT_TEXT, [sign]));
    const parsed = parseCosignature(signatures[0].signature);
    const moved = formatCosignature({ time: WITNESS.time + 1n, signature: parsed?.signature ?? Buffer.alloc(0) });
    expect(() => openNote(joinNote({ text, signatures: [{ ...signatures[0], signature: moved }] }), [witness])).toThrow(
      expect.objectContaining({ reason: 'bad_signature' }),
    );
  });

  it('is not a log signature, nor the other way round', () => {
    const asLog = parseVerifierKey(ed25519Signer(WITNESS.name, WITNESS.seed).verifierKey);
    expect(() => openNote(signNote(CHECKPOINT_TEXT, [sign]), [asLog])).toThrow(NoteError);
    const bare = { ...ed25519Signer(WITNESS.name, WITNESS.seed), keyId: sign.keyId };
    expect(() => openNote(signNote(CHECKPOINT_TEXT, [bare]), [witness])).toThrow(
      expect.objectContaining({ reason: 'bad_signature' }),
    );
  });

  it.each([
    ['time 0', Buffer.alloc(72)],
    ['time 2^63', Buffer.concat([Buffer.from('8000000000000000', 'hex'), Buffer.alloc(64)])],
    ['71 bytes', Buffer.alloc(71, 1)],
    ['73 bytes', Buffer.alloc(73, 1)],
    ['nothing', Buffer.alloc(0)],
  ])('cannot have %s', (_, bytes) => {
    expect(parseCosignature(bytes)).toBeUndefined();
    const line = { name: WITNESS.name, keyId: witness.keyId, signature: Buffer.concat([bytes, Buffer.alloc(1)]) };
    expect(() => openNote(joinNote({ text: CHECKPOINT_TEXT, signatures: [line] }), [witness])).toThrow(
      expect.objectContaining({ reason: 'bad_signature' }),
    );
  });

  it.each([0n, -1n, 2n ** 63n])('refuses to be made for time %s', (time) => {
    expect(() => signNote('x\n', [cosigner(WITNESS.name, WITNESS.seed, () => time)])).toThrow(NoteError);
  });

  it('takes the time from the clock unless told otherwise', () => {
    const before = Math.floor(Date.now() / 1000);
    const [line] = splitNote(signNote('x\n', [cosigner(WITNESS.name, WITNESS.seed)])).signatures;
    const time = Number(parseCosignature(line.signature)?.time);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
  });
});

it('one key pair gives one signature, always', () => {
  expect(ed25519Signer(LOG.origin, LOG.seed).sign(Buffer.from('x\n'))).toEqual(
    ed25519Signer(LOG.origin, LOG.seed).sign(Buffer.from('x\n')),
  );
});
