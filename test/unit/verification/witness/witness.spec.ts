import { hash } from 'node:crypto';
import { CompactRange, nodeHash } from '../../../../lib/ledger/merkle/index.js';
import {
  NoteError,
  computeKeyId,
  cosigner,
  ed25519Signer,
  formatCheckpoint,
  formatVerifierKey,
  openCheckpoint,
  parseVerifierKey,
  signNote,
  splitNote,
} from '../../../../lib/verification/notes/index.js';
import { MemoryNodeSource, consistencyProof, verifyConsistency } from '../../../../lib/verification/proofs/index.js';
import {
  WitnessMessageError,
  formatAddCheckpoint,
  mergeCosignatures,
  parseAddCheckpoint,
  witnessCheckpointPath,
} from '../../../../lib/verification/witness/index.js';
import { LOG, WITNESS } from '../vectors/keys.js';
import { CHECKPOINT_NOTE, CHECKPOINT_TEXT, LOG_LINE, WITNESS_LINE } from '../vectors/notes.js';
import { NODE_0_1, NODE_4_7, REFERENCE_LEAVES, fromBase64, referenceLeafHash } from '../vectors/reference-tree.js';

const LOG_NOTE = `${CHECKPOINT_TEXT}\n${LOG_LINE}`;
const PROOF = [referenceLeafHash(2), referenceLeafHash(3), NODE_0_1, NODE_4_7];
const BODY = formatAddCheckpoint({ oldSize: 3n, proof: PROOF, checkpoint: LOG_NOTE });

describe('add-checkpoint request', () => {
  it('is the published one, byte for byte', async () => {
    expect(Buffer.byteLength(BODY)).toBe(376);
    expect(hash('sha256', BODY, 'hex')).toBe('15cb94aabb223fb3d05fcfaa89549dea47827cdad94df59917e30f3fd638da6a');
    const nodes = new MemoryNodeSource(REFERENCE_LEAVES.map((_, index) => referenceLeafHash(index)));
    expect(await consistencyProof(3, 8, nodes)).toEqual(PROOF);
  });

  it('is read as it was written', () => {
    for (const body of [BODY, Buffer.from(BODY)]) {
      expect(parseAddCheckpoint(body)).toEqual({ oldSize: 3n, proof: PROOF, checkpoint: LOG_NOTE });
    }
    const first = { oldSize: 0n, proof: [], checkpoint: LOG_NOTE };
    expect(parseAddCheckpoint(formatAddCheckpoint(first))).toEqual(first);
  });

  it('leaves the checkpoint alone, so that a bad signature is not taken for a malformed body', () => {
    expect(parseAddCheckpoint(BODY.replace('Qc=\n', 'Qd=\n')).checkpoint).toContain('Qd=\n');
  });

  const line = `${PROOF[0].toString('base64')}\n`;
  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'no_empty_line'],
    ['no empty line', BODY.replaceAll('\n\n', '\n'), 'no_empty_line'],
    ['bad UTF-8', Buffer.concat([Buffer.from(BODY), Uint8Array.of(0xff)]), 'no_empty_line'],
    ['no old size', BODY.replace('old 3\n', ''), 'malformed_old_size'],
    ['another word', BODY.replace('old 3', 'new 3'), 'malformed_old_size'],
    ['a zero-padded size', BODY.replace('old 3', 'old 03'), 'malformed_old_size'],
    ['a negative size', BODY.replace('old 3', 'old -3'), 'malformed_old_size'],
    ['a size of 2^64', BODY.replace('old 3', 'old 18446744073709551616'), 'malformed_old_size'],
    ['two spaces', BODY.replace('old 3', 'old  3'), 'malformed_old_size'],
    ['a short hash', BODY.replace(line, 'AAAA\n'), 'malformed_hash'],
    ['non-canonical base64', BODY.replace(line, line.replace('f+c=', 'f+d=')), 'malformed_hash'],
    ['64 hashes', BODY.replace(line, line.repeat(61)), 'too_many_hashes'],
  ])('is refused with %s', (_, body, reason) => {
    expect(() => parseAddCheckpoint(body)).toThrow(WitnessMessageError);
    expect(() => parseAddCheckpoint(body)).toThrow(expect.objectContaining({ reason }));
  });

  it('takes 63 hashes', () => {
    expect(parseAddCheckpoint(BODY.replace(line, line.repeat(60))).proof).toHaveLength(63);
  });

  it.each([
    ['a negative size', { oldSize: -1n, proof: [], checkpoint: LOG_NOTE }, 'malformed_old_size'],
    ['a short hash', { oldSize: 3n, proof: [Buffer.alloc(31)], checkpoint: LOG_NOTE }, 'malformed_hash'],
    ['64 hashes', { oldSize: 3n, proof: Array(64).fill(PROOF[0]), checkpoint: LOG_NOTE }, 'too_many_hashes'],
  ])('is not written with %s', (_, request, reason) => {
    expect(() => formatAddCheckpoint(request)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('add-checkpoint answer', () => {
  const witness = parseVerifierKey(WITNESS.verifierKey);

  it('is merged into the checkpoint that was sent', () => {
    expect(mergeCosignatures(LOG_NOTE, WITNESS_LINE, [witness])).toBe(CHECKPOINT_NOTE);
    expect(mergeCosignatures(CHECKPOINT_NOTE, WITNESS_LINE, [witness])).toBe(CHECKPOINT_NOTE);
  });

  it('keeps only lines of the witness that was asked', () => {
    const stranger = cosigner('stranger.example', Buffer.alloc(32, 9), () => 5n);
    const other = signNote(CHECKPOINT_TEXT, [stranger]).slice(CHECKPOINT_TEXT.length + 1);
    expect(mergeCosignatures(LOG_NOTE, other + WITNESS_LINE, [witness])).toBe(CHECKPOINT_NOTE);
    expect(() => mergeCosignatures(LOG_NOTE, other, [witness])).toThrow(
      expect.objectContaining({ name: 'WitnessMessageError', reason: 'no_cosignature' }),
    );
  });

  it('is refused if it is of another checkpoint, malformed or empty', () => {
    const other = signNote(CHECKPOINT_TEXT.replace('8', '9'), [cosigner(WITNESS.name, WITNESS.seed, () => 5n)]);
    expect(() => mergeCosignatures(LOG_NOTE, other.split('\n\n')[1], [witness])).toThrow(
      expect.objectContaining({ name: 'NoteError', reason: 'bad_signature' }),
    );
    expect(() => mergeCosignatures(LOG_NOTE, 'Conflict\n', [witness])).toThrow(NoteError);
    expect(() => mergeCosignatures(LOG_NOTE, '', [witness])).toThrow(WitnessMessageError);
  });

  it('is monitored under the hash of the origin', () => {
    expect(witnessCheckpointPath(LOG.origin)).toBe(
      'c17e8ab5aef39b708f96c52bc82b380a1df4d5b90123dc4ba70107a7d3627c6d/checkpoint',
    );
  });
});

describe('the public witness test', () => {
  const origin = 'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562';
  const publicKey = Buffer.from('ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f', 'hex');
  const verifier = parseVerifierKey(formatVerifierKey({ name: origin, type: 1, publicKey }));
  const leaf = (index: number) => Buffer.concat([Uint8Array.of(0x2a, index), Buffer.alloc(30)]);
  const signatures = new Map([
    [1, 'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY='],
    [3, 'UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go='],
    [5, 'UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww='],
  ]);

  const rootOf = (size: number) => {
    const range = new CompactRange();
    for (let index = 0; index < size; index++) range.append(leaf(index));
    return range.root();
  };
  const noteOf = (size: number) =>
    `${formatCheckpoint({ origin, size: BigInt(size), root: rootOf(size) })}\n— ${origin} ${signatures.get(size)}\n`;

  it('has the published key id and roots, and its signatures verify', () => {
    expect(computeKeyId(origin, 1, publicKey)).toBe('5202289b');
    const roots = [1, 3, 5].map((size) => openCheckpoint(noteOf(size), [verifier], origin).checkpoint.root);
    expect(roots).toEqual(
      [
        'KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
        'RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=',
        'QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=',
      ].map(fromBase64),
    );
  });

  it('refuses the signature ending gx=, a non-canonical spelling', () => {
    const forged = noteOf(3).replace('6go=', '6gx=');
    expect(() => openCheckpoint(forged, [verifier], origin)).toThrow(NoteError);
    expect(splitNote(noteOf(3)).signatures).toHaveLength(1);
  });

  it('grows from 1 to 3 and from 3 to 5 by the published proofs only', () => {
    const from1 = { size1: 1n, size2: 3n, root1: rootOf(1), root2: rootOf(3) };
    expect(() => verifyConsistency({ ...from1, proof: [leaf(1), leaf(2)] })).not.toThrow();
    expect(() => verifyConsistency({ ...from1, proof: [] })).toThrow(
      expect.objectContaining({ reason: 'wrong_proof_length' }),
    );
    expect(() => verifyConsistency({ ...from1, proof: [leaf(1), leaf(3)] })).toThrow(
      expect.objectContaining({ reason: 'root_mismatch' }),
    );
    const from3 = { size1: 3n, size2: 5n, root1: rootOf(3), root2: rootOf(5) };
    const left = fromBase64('wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=');
    expect(left).toEqual(nodeHash(leaf(0), leaf(1)));
    expect(() => verifyConsistency({ ...from3, proof: [leaf(2), leaf(3), left, leaf(4)] })).not.toThrow();
  });

  it('has no signature of ours under that name', () => {
    const ours = signNote(splitNote(noteOf(1)).text, [ed25519Signer(origin, Buffer.alloc(32, 3))]);
    expect(() => openCheckpoint(ours, [verifier], origin)).toThrow(
      expect.objectContaining({ reason: 'no_known_signature' }),
    );
  });
});
