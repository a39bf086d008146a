import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  canonicalize,
  ed25519Signer,
  formatCheckpoint,
  formatProofFile,
  leafHash,
  nodeHash,
  parseVerifierKey,
  policyOfLogs,
  signNote,
  verifyProofFile,
} from '../../../lib/proofs.js';
import { LOG } from './vectors/keys.js';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../../docs/formats.md'), 'utf8');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function block(name: string): string {
  const found = new RegExp(`\`\`\`[a-z]+ ${name}\n([\\s\\S]*?)\`\`\``).exec(PAGE);
  if (found === null) throw new Error(`docs/formats.md has no block ${name}`);
  return found[1];
}

describe('the worked example of docs/formats.md', () => {
  const [section, first, second, line] = ['client-section', 'record-0', 'record-1', 'line-0'].map((name) =>
    block(name).trimEnd(),
  );
  const leaves = [leafHash(first), leafHash(second)];
  const root = nodeHash(leaves[0], leaves[1]);

  it('shows canonical records', () => {
    for (const text of [section, first, second]) expect(canonicalize(JSON.parse(text))).toBe(text);
  });

  it('shows the hashes of its records, and the chain between them', () => {
    for (const text of [first, second]) {
      expect(PAGE).toContain(sha256(text));
      expect(PAGE).toContain(leafHash(text).toString('hex'));
    }
    expect(JSON.parse(first)).toMatchObject({ sequence: 0, previousHash: null });
    expect(JSON.parse(second)).toMatchObject({ sequence: 1, previousHash: sha256(first) });
    expect(PAGE).toContain(root.toString('hex'));
  });

  it('shows the commitment to its section', () => {
    expect(JSON.parse(first).sections.client).toEqual({
      bytes: Buffer.byteLength(section),
      commitment: sha256(`01010101010101010101010101010101${section}`),
    });
  });

  it('shows a proof file that verifies, byte for byte', () => {
    expect(PAGE).toContain(LOG.verifierKey);
    const proof = block('proof-of-record-1');
    const log = ed25519Signer(LOG.origin, LOG.seed);
    const checkpoint = signNote(formatCheckpoint({ origin: LOG.origin, size: 2n, root }), [log]);
    expect(proof).toBe(formatProofFile({ index: 1n, proof: [leaves[0]], checkpoint }));
    const policy = policyOfLogs([parseVerifierKey(LOG.verifierKey)]);
    expect(verifyProofFile(proof, leafHash(second), policy).checkpoint.size).toBe(2n);
  });

  it('shows a JSON line from which record and section can be cut', () => {
    const value = section;
    const salt = '01010101010101010101010101010101';
    expect(line).toBe(
      `{"record":${first},"hash":"${sha256(first)}","sections":{"client":{"salt":"${salt}","value":${value}}}}`,
    );
  });
});
