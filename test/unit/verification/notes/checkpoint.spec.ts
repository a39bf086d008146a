import { EMPTY_ROOT } from '../../../../lib/ledger/merkle/index.js';
import {
  CheckpointError,
  NoteError,
  cosigner,
  ed25519Signer,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  parseVerifierKey,
  signNote,
} from '../../../../lib/verification/notes/index.js';
import { LOG, SUM_GOLANG_ORG, WITNESS } from '../vectors/keys.js';
import {
  CHECKPOINT_NOTE,
  CHECKPOINT_TEXT,
  LOG_LINE,
  LOG_SIGNATURE_SIZE_0,
  LOG_SIGNATURE_SIZE_1,
  LOG_SIGNATURE_SIZE_3,
  WITNESS_LINE,
} from '../vectors/notes.js';
import { REFERENCE_ROOTS } from '../vectors/reference-tree.js';

const log = ed25519Signer(LOG.origin, LOG.seed);
const witness = cosigner(WITNESS.name, WITNESS.seed, () => WITNESS.time);
const root = REFERENCE_ROOTS[7];
const rootText = root.toString('base64');

describe('checkpoint', () => {
  it('is made byte for byte: tree, text, log signature, cosignature', () => {
    const text = formatCheckpoint({ origin: LOG.origin, size: 8n, root });
    expect(text).toBe(CHECKPOINT_TEXT);
    expect(signNote(text, [log, witness])).toBe(CHECKPOINT_NOTE);
    expect(signNote(text, [log])).toBe(`${CHECKPOINT_TEXT}\n${LOG_LINE}`);
    expect(signNote(text, [witness])).toBe(`${CHECKPOINT_TEXT}\n${WITNESS_LINE}`);
  });

  it.each([
    [0n, EMPTY_ROOT, LOG_SIGNATURE_SIZE_0],
    [1n, REFERENCE_ROOTS[0], LOG_SIGNATURE_SIZE_1],
    [3n, REFERENCE_ROOTS[2], LOG_SIGNATURE_SIZE_3],
  ])('is signed as published at size %i', (size, sizeRoot, signature) => {
    const note = signNote(formatCheckpoint({ origin: LOG.origin, size, root: sizeRoot }), [log]);
    expect(note.split('\n').at(-2)).toBe(`— ${LOG.origin} ${signature}`);
  });

  it('is read as it was written', () => {
    expect(parseCheckpoint(CHECKPOINT_TEXT)).toEqual({ origin: LOG.origin, size: 8n, root, extensions: [] });
    const extended = { origin: 'a log with spaces', size: 1n, root, extensions: ['one', ' two '] };
    expect(parseCheckpoint(formatCheckpoint(extended))).toEqual(extended);
  });

  it('takes the largest 64-bit size', () => {
    const text = `o\n18446744073709551615\n${rootText}\n`;
    expect(parseCheckpoint(text).size).toBe(18446744073709551615n);
    expect(formatCheckpoint(parseCheckpoint(text))).toBe(text);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'malformed_checkpoint'],
    ['one line', 'o\n', 'malformed_checkpoint'],
    ['two lines', 'o\n8\n', 'malformed_checkpoint'],
    ['no line feed after the root', `o\n8\n${rootText}`, 'malformed_checkpoint'],
    ['an extension without line feed', `o\n8\n${rootText}\next`, 'malformed_checkpoint'],
    ['an empty origin', `\n8\n${rootText}\n`, 'malformed_origin'],
    ['a carriage return in the origin', `o\r\n8\n${rootText}\n`, 'malformed_origin'],
    ['an empty extension line', `o\n8\n${rootText}\n\n`, 'malformed_extension'],
    ['an empty line between extensions', `o\n8\n${rootText}\na\n\nb\n`, 'malformed_extension'],
    ['the signatures still on it', CHECKPOINT_NOTE, 'malformed_extension'],
    ['a root that is not base64', 'o\n8\nnot base64!\n', 'malformed_root'],
    ['an empty root', 'o\n8\n\n', 'malformed_root'],
    ['a root in non-canonical base64', `o\n8\n${rootText.replace('yg=', 'yh=')}\n`, 'malformed_root'],
    ['a root without padding', `o\n8\n${rootText.slice(0, -1)}\n`, 'malformed_root'],
    ['a root of 31 bytes', `o\n8\n${root.subarray(1).toString('base64')}\n`, 'malformed_root'],
    [
      'a root of 33 bytes',
      `o\n8\n${Buffer.concat([root, root.subarray(0, 1)]).toString('base64')}\n`,
      'malformed_root',
    ],
    ['size 0 with another root', `o\n0\n${rootText}\n`, 'empty_tree_root'],
    ...[
      'bananas',
      '-34',
      '08',
      '00',
      '+8',
      ' 8',
      '8 ',
      '0x8',
      '8e0',
      '8.0',
      '8n',
      '',
      '٨',
      '８',
      '1_0',
      '18446744073709551616',
      '99999999999999999999999999',
    ].map((size): [string, string, string] => [`the size "${size}"`, `o\n${size}\n${rootText}\n`, 'malformed_size']),
  ])('is refused with %s', (_, text, reason) => {
    expect(() => parseCheckpoint(text)).toThrow(CheckpointError);
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'AUDIT_CHECKPOINT', reason }));
  });

  it.each([
    ['an empty origin', { origin: '', size: 8n, root }, 'malformed_origin'],
    ['two lines of origin', { origin: 'a\nb', size: 8n, root }, 'malformed_origin'],
    ['a negative size', { origin: 'o', size: -1n, root }, 'malformed_size'],
    ['a size of 65 bits', { origin: 'o', size: 2n ** 64n, root }, 'malformed_size'],
    ['a size as number', { origin: 'o', size: 8 as unknown as bigint, root }, 'malformed_size'],
    ['a short root', { origin: 'o', size: 8n, root: root.subarray(1) }, 'malformed_root'],
    ['a wrong empty root', { origin: 'o', size: 0n, root }, 'empty_tree_root'],
    ['an empty extension', { origin: 'o', size: 8n, root, extensions: [''] }, 'malformed_extension'],
    ['a control character', { origin: 'o', size: 8n, root, extensions: ['a\tb'] }, 'malformed_extension'],
  ])('is not written with %s', (_, checkpoint, reason) => {
    expect(() => formatCheckpoint(checkpoint)).toThrow(expect.objectContaining({ name: 'CheckpointError', reason }));
  });
});

describe('openCheckpoint', () => {
  const verifiers = [parseVerifierKey(LOG.verifierKey), parseVerifierKey(WITNESS.verifierKey)];

  it('opens the end-to-end vector', () => {
    const { checkpoint, note } = openCheckpoint(CHECKPOINT_NOTE, verifiers, LOG.origin);
    expect(checkpoint).toEqual({ origin: LOG.origin, size: 8n, root, extensions: [] });
    expect(note.signatures.map(({ name }) => name)).toEqual([LOG.origin, WITNESS.name]);
  });

  it('opens a real checkpoint of a foreign log, whose key name is not its origin', () => {
    const note =
      'go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n\n' +
      '— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=\n';
    const { checkpoint } = openCheckpoint(note, [parseVerifierKey(SUM_GOLANG_ORG.verifierKey)], 'go.sum database tree');
    expect(checkpoint.size).toBe(35225469n);
  });

  it('refuses another log, a changed size, an unknown signer', () => {
    expect(() => openCheckpoint(CHECKPOINT_NOTE, verifiers, 'example.com/other')).toThrow(
      expect.objectContaining({ name: 'CheckpointError', reason: 'unexpected_origin' }),
    );
    expect(() => openCheckpoint(CHECKPOINT_NOTE.replace('\n8\n', '\n9\n'), verifiers, LOG.origin)).toThrow(
      expect.objectContaining({ name: 'NoteError', reason: 'bad_signature' }),
    );
    const stranger = [parseVerifierKey(SUM_GOLANG_ORG.verifierKey)];
    expect(() => openCheckpoint(CHECKPOINT_NOTE, stranger, LOG.origin)).toThrow(NoteError);
  });

  it('asks for no origin only if told so', () => {
    expect(openCheckpoint(CHECKPOINT_NOTE, verifiers, undefined).checkpoint.origin).toBe(LOG.origin);
  });
});
