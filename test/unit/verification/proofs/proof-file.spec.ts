import { hash } from 'node:crypto';
import { CompactRange, leafHash } from '../../../../lib/ledger/merkle/index.js';
import {
  InvalidProofError,
  MemoryNodeSource,
  ProofFileError,
  formatProofFile,
  inclusionProof,
  parseProofFile,
  verifyProofFile,
} from '../../../../lib/verification/proofs/index.js';
import {
  NoteError,
  ed25519Signer,
  formatCheckpoint,
  parseVerifierKey,
  signNote,
} from '../../../../lib/verification/notes/index.js';
import { parsePolicy, policyOfLogs } from '../../../../lib/verification/policy/index.js';
import { LOG, PETER, WITNESS } from '../vectors/keys.js';
import { CHECKPOINT_NOTE, LOG_LINE } from '../vectors/notes.js';
import { NODE_0_3, NODE_6_7, REFERENCE_LEAVES, REFERENCE_ROOTS, referenceLeafHash } from '../vectors/reference-tree.js';

const PROOF = [referenceLeafHash(4), NODE_6_7, NODE_0_3];
const HASH_LINES = PROOF.map((one) => `${one.toString('base64')}\n`).join('');
const FILE = `c2sp.org/tlog-proof@v1\nindex 5\n${HASH_LINES}\n${CHECKPOINT_NOTE}`;
const sha256 = (text: string) => hash('sha256', text, 'hex');

const log = ed25519Signer(LOG.origin, LOG.seed);
const trustLog = policyOfLogs([parseVerifierKey(LOG.verifierKey)]);
const trustBoth = parsePolicy(`log ${LOG.verifierKey}\nwitness w1 ${WITNESS.verifierKey}\nquorum w1\n`);

describe('proof file', () => {
  it('is the published one, byte for byte', () => {
    const text = formatProofFile({ index: 5n, proof: PROOF, checkpoint: CHECKPOINT_NOTE });
    expect(text).toBe(FILE);
    expect(Buffer.byteLength(text)).toBe(488);
    expect(sha256(text)).toBe('264730f84c23cf7e3e0e0599141a055c4178bfa89b873bc2866c6419b4cb87b4');
  });

  it('has no hash line for a tree of one leaf', () => {
    const checkpoint = signNote(formatCheckpoint({ origin: LOG.origin, size: 1n, root: REFERENCE_ROOTS[0] }), [log]);
    const text = formatProofFile({ index: 0n, proof: [], checkpoint });
    expect(Buffer.byteLength(text)).toBe(221);
    expect(sha256(text)).toBe('56f7211973bb1923a9873d24ebe0b94f8cca930ceb4b65f457d63621d4656d39');
    expect(verifyProofFile(text, referenceLeafHash(0), trustLog).file).toEqual({ index: 0n, proof: [], checkpoint });
  });

  it('is read as it was written, extra data included', () => {
    for (const file of [FILE, Buffer.from(FILE)]) {
      expect(parseProofFile(file)).toEqual({ index: 5n, proof: PROOF, checkpoint: CHECKPOINT_NOTE });
    }
    const extra = Buffer.from('opaque');
    const text = formatProofFile({ index: 5n, proof: PROOF, checkpoint: CHECKPOINT_NOTE, extra });
    expect(text.split('\n')[1]).toBe(`extra ${extra.toString('base64')}`);
    expect(parseProofFile(text)).toEqual({ index: 5n, proof: PROOF, checkpoint: CHECKPOINT_NOTE, extra });
  });

  it('cuts the checkpoint off at the first empty line, not at the last', () => {
    expect(parseProofFile(FILE).checkpoint.split('\n\n')).toHaveLength(2);
  });

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'no_empty_line'],
    ['no empty line', FILE.replaceAll('\n\n', '\n'), 'no_empty_line'],
    ['bad UTF-8', Buffer.concat([Buffer.from(FILE), Uint8Array.of(0xff)]), 'no_empty_line'],
    ['another version', FILE.replace('@v1', '@v2'), 'unknown_format'],
    ['a BOM', `\ufeff${FILE}`, 'unknown_format'],
    ['CRLF line ends', FILE.replaceAll('\n', '\r\n'), 'no_empty_line'],
    ['an empty line in front', `\n${FILE}`, 'unknown_format'],
    ['no index', FILE.replace('index 5\n', ''), 'malformed_index'],
    ['no line after the header', `c2sp.org/tlog-proof@v1\n\n${CHECKPOINT_NOTE}`, 'malformed_index'],
    ['an index without number', FILE.replace('index 5', 'index '), 'malformed_index'],
    ['a negative index', FILE.replace('index 5', 'index -5'), 'malformed_index'],
    ['an index that is no number', FILE.replace('index 5', 'index five'), 'malformed_index'],
    ['a zero-padded index', FILE.replace('index 5', 'index 05'), 'malformed_index'],
    ['a hexadecimal index', FILE.replace('index 5', 'index 0x5'), 'malformed_index'],
    ['two spaces', FILE.replace('index 5', 'index  5'), 'malformed_index'],
    ['an index of 2^64', FILE.replace('index 5', 'index 18446744073709551616'), 'malformed_index'],
    ['an index equal to the size', FILE.replace('index 5', 'index 8'), 'index_out_of_range'],
    ['an index beyond the size', FILE.replace('index 5', 'index 18446744073709551615'), 'index_out_of_range'],
    ['extra data that is not base64', FILE.replace('index 5', 'extra !\nindex 5'), 'malformed_extra'],
    ['extra data after the index', FILE.replace('index 5', 'index 5\nextra AAAA'), 'malformed_hash'],
    ['a second extra line', FILE.replace('index 5', 'extra AAAA\nextra AAAA\nindex 5'), 'malformed_index'],
    ['a hash that is not base64', FILE.replace('\nyoVO', '\n!oVO'), 'malformed_hash'],
    ['a hash of 31 bytes', FILE.replace(HASH_LINES, `${PROOF[0].subarray(1).toString('base64')}\n`), 'malformed_hash'],
    ['a hash of 64 bytes', FILE.replace(HASH_LINES, `${Buffer.alloc(64).toString('base64')}\n`), 'malformed_hash'],
    ['a hash in non-canonical base64', FILE.replace('ZdaCuA=', 'ZdaCuB='), 'malformed_hash'],
    ['a hash with a trailing space', FILE.replace('CuA=\n', 'CuA= \n'), 'malformed_hash'],
    ['65 hashes', FILE.replace(HASH_LINES, HASH_LINES.slice(0, 45).repeat(65)), 'too_many_hashes'],
  ])('is refused with %s', (_, file, reason) => {
    expect(() => parseProofFile(file)).toThrow(ProofFileError);
    expect(() => parseProofFile(file)).toThrow(expect.objectContaining({ code: 'AUDIT_PROOF_FILE', reason }));
  });

  it('is refused with a checkpoint that is none', () => {
    expect(() => parseProofFile(FILE.slice(0, -1))).toThrow(NoteError);
    expect(() => parseProofFile(FILE.replace('\n8\n', '\neight\n'))).toThrow(
      expect.objectContaining({ name: 'CheckpointError', reason: 'malformed_size' }),
    );
  });

  it.each([
    ['an index beyond the size', { index: 8n, proof: PROOF, checkpoint: CHECKPOINT_NOTE }, 'index_out_of_range'],
    ['a negative index', { index: -1n, proof: PROOF, checkpoint: CHECKPOINT_NOTE }, 'malformed_index'],
    ['a short hash', { index: 5n, proof: [Buffer.alloc(3)], checkpoint: CHECKPOINT_NOTE }, 'malformed_hash'],
    [
      '65 hashes',
      { index: 5n, proof: Array.from({ length: 65 }, () => PROOF[0]), checkpoint: CHECKPOINT_NOTE },
      'too_many_hashes',
    ],
  ])('is not written with %s', (_, file, reason) => {
    expect(() => formatProofFile(file)).toThrow(expect.objectContaining({ name: 'ProofFileError', reason }));
  });
});

describe('verifyProofFile', () => {
  const leaf = leafHash(REFERENCE_LEAVES[5]);

  it('verifies the published file, with and without the witness', () => {
    expect(verifyProofFile(FILE, leaf, trustBoth).checkpoint).toMatchObject({ origin: LOG.origin, size: 8n });
    expect(verifyProofFile(FILE, leaf, trustLog).note.signatures).toHaveLength(1);
  });

  it('refuses another record, index or proof', () => {
    const refused = { name: 'InvalidProofError', reason: 'root_mismatch' };
    expect(() => verifyProofFile(FILE, leafHash('another record'), trustLog)).toThrow(expect.objectContaining(refused));
    expect(() => verifyProofFile(FILE.replace('index 5', 'index 4'), leaf, trustLog)).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => verifyProofFile(FILE.replace(HASH_LINES, ''), leaf, trustLog)).toThrow(InvalidProofError);
  });

  it('looks at origin and signature first, then the quorum, then the proof', () => {
    const other = policyOfLogs([parseVerifierKey(PETER.verifierKey)]);
    const wrongLeaf = Buffer.alloc(0);
    expect(() => verifyProofFile(FILE, wrongLeaf, other)).toThrow(
      expect.objectContaining({ reason: 'unexpected_origin' }),
    );
    const forged = FILE.replace('\n8\n', '\n9\n');
    expect(() => verifyProofFile(forged, wrongLeaf, trustBoth)).toThrow(
      expect.objectContaining({ reason: 'bad_signature' }),
    );
    const uncosigned = `${FILE.split('\n— ')[0]}\n${LOG_LINE}`;
    expect(() => verifyProofFile(uncosigned, wrongLeaf, trustBoth)).toThrow(
      expect.objectContaining({ reason: 'quorum_not_met' }),
    );
    expect(() => verifyProofFile(FILE, wrongLeaf, trustBoth)).toThrow(
      expect.objectContaining({ reason: 'wrong_hash_length' }),
    );
  });

  it('proves every record of a log that goes on growing', async () => {
    const records = Array.from({ length: 40 }, (_, index) => `{"sequence":${index}}`);
    const nodes = new MemoryNodeSource(records.map((record) => leafHash(record)));
    for (let size = 1; size <= records.length; size += 13) {
      const root = rootOfRecords(records.slice(0, size));
      const checkpoint = signNote(formatCheckpoint({ origin: LOG.origin, size: BigInt(size), root }), [log]);
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, nodes);
        const file = formatProofFile({ index: BigInt(index), proof, checkpoint });
        expect(verifyProofFile(file, leafHash(records[index]), trustLog).file.index).toBe(BigInt(index));
      }
    }
  });
});

function rootOfRecords(records: string[]): Buffer {
  const range = new CompactRange();
  for (const record of records) range.append(leafHash(record));
  return range.root();
}
