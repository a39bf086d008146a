import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactRange, leafHash } from '../../../../lib/ledger/merkle/index.js';
import {
  ed25519Signer,
  formatCheckpoint,
  parseVerifierKey,
  signNote,
} from '../../../../lib/verification/notes/index.js';
import { policyOfLogs } from '../../../../lib/verification/policy/index.js';
import { consistencyProof, verifyConsistency } from '../../../../lib/verification/proofs/index.js';
import {
  TileDirectory,
  TileError,
  TileNodeSource,
  exportTileDirectory,
  verifyTileDirectory,
} from '../../../../lib/verification/tiles/index.js';
import { LOG } from '../vectors/keys.js';
import { fromBase64 } from '../vectors/reference-tree.js';

const log = ed25519Signer(LOG.origin, LOG.seed);
const policy = policyOfLogs([parseVerifierKey(LOG.verifierKey)]);
const record = (index: number) => `{"seq":${index},"action":"user.update"}`;

function checkpointOf(records: readonly string[]): string {
  const range = new CompactRange();
  for (const one of records) range.append(leafHash(one));
  return signNote(formatCheckpoint({ origin: LOG.origin, size: BigInt(range.size), root: range.root() }), [log]);
}

const listOf = (size: number) => Array.from({ length: size }, (_, index) => record(index));

async function* streamOf(records: readonly string[]) {
  for (const one of records) yield { record: one, leafHash: leafHash(one) };
}

describe('tile directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tiles-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const path = (file: string) => join(directory, file);
  const files = () =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
      .sort();
  const write = (size: number) =>
    exportTileDirectory({ directory, entries: streamOf(listOf(size)), checkpoint: checkpointOf(listOf(size)) });
  const verify = () => verifyTileDirectory(new TileDirectory(directory), policy);
  const edit = (file: string, change: (bytes: Buffer) => Buffer | void) => {
    const bytes = readFileSync(path(file));
    writeFileSync(path(file), change(bytes) ?? bytes);
  };
  const flip = (position: number) => (bytes: Buffer) => {
    bytes[position] ^= 1;
  };

  it('of 300 entries is the published one, byte for byte', async () => {
    expect(await write(300)).toBe(300);
    expect(files()).toEqual([
      'checkpoint',
      'tile/0/000',
      'tile/0/001.p/44',
      'tile/1/000.p/1',
      'tile/entries/000',
      'tile/entries/001.p/44',
    ]);
    const digests = files()
      .slice(1)
      .map((file) => {
        const bytes = readFileSync(path(file));
        return [file, bytes.length, hash('sha256', bytes, 'hex')];
      });
    expect(digests).toEqual([
      ['tile/0/000', 8192, '2bfe925f8402b48d1ec13403a172b00c2053a24330fa0592e41ac0a6bf67c1e7'],
      ['tile/0/001.p/44', 1408, '1ddd303b6d1d5038d2e190f22e29a9bc2b793fbdf08e94af1146cab569e20b4c'],
      ['tile/1/000.p/1', 32, 'e3bdf6c233d8599cab86d10f8e8ace6ab54ba2f002ee97301d53cf34ffc8503c'],
      ['tile/entries/000', 9106, '3af086e7c429e153aed531e130a37cd4e8f718e4b602254cdc7245d5a5607e0b'],
      ['tile/entries/001.p/44', 1584, '337f7e4af0caa3969cf6249ac58dbc9a036a68e88ffa8e0964a5ed1af6dcd3d9'],
    ]);
    expect(readFileSync(path('checkpoint'), 'utf8')).toBe(
      'example.com/audit-log\n300\nQQ/KlVLHVFO+ao5bHlxod3PY3NTDErytRp1InwE8MZM=\n\n' +
        '— example.com/audit-log QdBi2I2jlSHtp6umU6khF/uuQj56mA+bNz7ywHz8Wcvzset8OBBa2OTLQwcVCjjJdetVDV2ITaQNWS9VQ67PCj2QpwQ=\n',
    );
  });

  it('proves that the log of 200 entries was continued', async () => {
    await write(300);
    const proof = await consistencyProof(200, 300, new TileNodeSource(new TileDirectory(directory), 300));
    verifyConsistency({
      size1: 200n,
      size2: 300n,
      root1: fromBase64('VkSOAhLpRS2DBvLCdKw9oHXkkX9b4/Eepy62AU9B/IA='),
      root2: fromBase64('QQ/KlVLHVFO+ao5bHlxod3PY3NTDErytRp1InwE8MZM='),
      proof,
    });
  });

  it.each([0, 1, 255, 256, 257, 512, 700])('of %i entries verifies, and hands out every record once', async (size) => {
    await write(size);
    const seen: string[] = [];
    const progress: number[] = [];
    const report = await verifyTileDirectory(new TileDirectory(directory), policy, {
      onRecord: (index, bytes) => {
        expect(index).toBe(seen.length);
        seen.push(bytes.toString());
      },
      onProgress: (read) => progress.push(read),
    });
    expect(report).toMatchObject({ size, findings: [] });
    expect(report.root).toEqual(Buffer.from(report.checkpoint.root));
    expect(seen).toEqual(listOf(size));
    expect(progress.at(-1) ?? 0).toBe(size);
  });

  it('with three levels of tiles verifies', async () => {
    await write(65_536 + 300);
    expect(files()).toContain('tile/2/000.p/1');
    expect((await verify()).findings).toEqual([]);
  });

  it('grows in place: earlier partial tiles stay, the checkpoint moves', async () => {
    await write(300);
    await write(600);
    expect(files()).toEqual(expect.arrayContaining(['tile/0/001.p/44', 'tile/0/001', 'tile/0/002.p/88']));
    expect(await verify()).toMatchObject({ size: 600, findings: [] });
  });

  it('still verifies when partial files were deleted after the full ones came', async () => {
    await write(300);
    const old = readFileSync(path('checkpoint'));
    await write(600);
    rmSync(path('tile/0/001.p'), { recursive: true });
    rmSync(path('tile/entries/001.p'), { recursive: true });
    writeFileSync(path('checkpoint'), old);
    expect(await verify()).toMatchObject({ size: 300, findings: [] });
  });

  it('refuses to overwrite what was published with something else', async () => {
    await write(300);
    const other = listOf(300).with(7, record(8));
    const again = exportTileDirectory({ directory, entries: streamOf(other), checkpoint: checkpointOf(other) });
    await expect(again).rejects.toThrow(expect.objectContaining({ name: 'TileError', reason: 'conflict' }));
    expect((await verify()).findings).toEqual([]);
  });

  it('never goes back to an earlier checkpoint', async () => {
    await write(600);
    await expect(write(300)).rejects.toThrow(expect.objectContaining({ reason: 'conflict' }));
    expect(await verify()).toMatchObject({ size: 600, findings: [] });
    await write(600);
    expect(await verify()).toMatchObject({ size: 600, findings: [] });
  });

  it.each([
    ['size', listOf(299)],
    ['root', listOf(300).with(9, 'x')],
  ])('is not finished with a checkpoint of another %s', async (_, records) => {
    const attempt = exportTileDirectory({
      directory,
      entries: streamOf(records),
      checkpoint: checkpointOf(listOf(300)),
    });
    await expect(attempt).rejects.toThrow(expect.objectContaining({ reason: 'checkpoint_mismatch' }));
    expect(files()).not.toContain('checkpoint');
  });

  it('stops at the checkpoint, although the log has grown since', async () => {
    const checkpoint = checkpointOf(listOf(300));
    expect(await exportTileDirectory({ directory, entries: streamOf(listOf(1_000)), checkpoint })).toBe(300);
    expect(await verify()).toMatchObject({ size: 300, findings: [] });
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    const attempt = exportTileDirectory({
      directory,
      entries: streamOf(listOf(300)),
      checkpoint: checkpointOf(listOf(300)),
      signal,
    });
    await expect(attempt).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    await write(300);
    await expect(verifyTileDirectory(new TileDirectory(directory), policy, { signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });

  it('computes leaf hashes that are not given', async () => {
    const entries = listOf(300).map((one) => ({ record: Buffer.from(one) }));
    await exportTileDirectory({ directory, entries, checkpoint: checkpointOf(listOf(300)) });
    expect((await verify()).findings).toEqual([]);
  });

  it('shows the damage of a log whose records do not fit their leaf hashes', async () => {
    const entries = listOf(700).map((one, index) => ({
      record: index === 400 ? record(1) : one,
      leafHash: leafHash(one),
    }));
    await exportTileDirectory({ directory, entries, checkpoint: checkpointOf(listOf(700)) });
    expect((await verify()).findings).toMatchObject([
      {
        class: 'modified',
        firstIndex: 400,
        lastIndex: 400,
        file: 'tile/entries/001',
        expected: leafHash(record(400)).toString('hex'),
        found: leafHash(record(1)).toString('hex'),
      },
    ]);
  });

  it.each([
    ['the first', 'tile/entries/000', 10, 0],
    ['one in a full bundle', 'tile/entries/001', 500, 269],
    ['the last', 'tile/entries/002.p/188', 188 * 36 - 3, 699],
  ])('names %s entry when a byte of it was changed', async (_, file, position, index) => {
    await write(700);
    edit(file, flip(position));
    const { findings, root } = await verify();
    expect(root).not.toEqual(Buffer.from((await verify()).checkpoint.root));
    expect(findings).toMatchObject([{ class: 'modified', firstIndex: index, lastIndex: index, file }]);
  });

  it.each([
    ['a full tile', 'tile/0/001', 40 * 32, 256 + 40, 256 + 40],
    ['a partial tile', 'tile/0/002.p/188', 0, 512, 512],
    ['a tile above', 'tile/1/000.p/2', 33, 256, 511],
  ])('names %s when only that was changed', async (_, file, position, firstIndex, lastIndex) => {
    await write(700);
    edit(file, flip(position));
    expect((await verify()).findings).toMatchObject([{ class: 'malformed', file, firstIndex, lastIndex }]);
  });

  it('names the bundle and the forged tile when an entry was changed and its tile made to fit', async () => {
    await write(700);
    edit('tile/entries/001', flip(500));
    edit('tile/0/001', (tile) => {
      leafHash(entryAt('tile/entries/001', 13)).copy(tile, 13 * 32);
    });
    expect((await verify()).findings).toMatchObject([
      { class: 'modified', file: 'tile/entries/001', firstIndex: 256, lastIndex: 511 },
      { class: 'malformed', file: 'tile/0/001', firstIndex: 256, lastIndex: 511 },
    ]);
  });

  it('calls it rewritten when everything but the checkpoint was made anew', async () => {
    await write(700);
    const signed = readFileSync(path('checkpoint'));
    rmSync(directory, { recursive: true });
    const forged = listOf(700).with(123, record(5));
    await exportTileDirectory({ directory, entries: streamOf(forged), checkpoint: checkpointOf(forged) });
    writeFileSync(path('checkpoint'), signed);
    const { findings } = await verify();
    expect(findings).toMatchObject([{ class: 'rewritten', expected: expect.any(String), found: expect.any(String) }]);
    expect(findings[0].firstIndex).toBeUndefined();
  });

  it('calls it missing when the tail was cut off', async () => {
    await write(700);
    rmSync(path('tile/entries/002.p'), { recursive: true });
    rmSync(path('tile/0/002.p'), { recursive: true });
    const { findings, root } = await verify();
    expect(root).toBeUndefined();
    expect(findings).toMatchObject([
      { class: 'missing', firstIndex: 512, lastIndex: 699, file: 'tile/entries/002.p/188' },
      { class: 'missing', firstIndex: 512, lastIndex: 699, file: 'tile/0/002.p/188' },
    ]);
  });

  it('goes on after a missing or cut bundle, and finds what else is wrong', async () => {
    await write(1_000);
    rmSync(path('tile/entries/001'));
    edit('tile/entries/002', flip(5));
    truncateSync(path('tile/entries/000'), 100);
    expect((await verify()).findings).toMatchObject([
      { class: 'malformed', firstIndex: 0, lastIndex: 255, file: 'tile/entries/000' },
      { class: 'missing', firstIndex: 256, lastIndex: 511, file: 'tile/entries/001' },
      { class: 'modified', firstIndex: 512, file: 'tile/entries/002' },
    ]);
  });

  it('says so when neither the tail of the tree nor all entries can be trusted', async () => {
    await write(700);
    rmSync(path('tile/entries/001'));
    edit('tile/1/000.p/2', flip(3));
    const { findings } = await verify();
    expect(findings.map((finding) => finding.class)).toEqual(['missing', 'malformed']);
    expect(findings.map((finding) => finding.class)).not.toContain('rewritten');
  });

  it('names a missing tile when the entries are whole', async () => {
    await write(700);
    rmSync(path('tile/0/001'));
    expect((await verify()).findings).toMatchObject([
      { class: 'missing', file: 'tile/0/001', firstIndex: 256, lastIndex: 511 },
    ]);
  });

  it('lists no more findings than asked for', async () => {
    await write(700);
    edit('tile/entries/000', (bytes) => bytes.fill('{', 2, 4).fill('x', 40, 60).fill('y', 80, 90).fill('z', 120, 125));
    const source = new TileDirectory(directory);
    const { findings } = await verifyTileDirectory(source, policy, { maxFindings: 2 });
    expect(findings.length).toBeLessThanOrEqual(2);
  });

  it('cannot be checked without checkpoint, with a foreign one, or one too large', async () => {
    await expect(verify()).rejects.toThrow(expect.objectContaining({ name: 'TileError', reason: 'not_found' }));
    await write(5);
    const sign = (text: string, by = log) => writeFileSync(path('checkpoint'), signNote(text, [by]));
    const root = Buffer.alloc(32, 1);
    sign(formatCheckpoint({ origin: 'example.com/other', size: 5n, root }));
    await expect(verify()).rejects.toThrow(expect.objectContaining({ reason: 'unexpected_origin' }));
    sign(formatCheckpoint({ origin: LOG.origin, size: 5n, root }), ed25519Signer(LOG.origin, Buffer.alloc(32, 7)));
    await expect(verify()).rejects.toThrow(expect.objectContaining({ reason: 'no_known_signature' }));
    sign(formatCheckpoint({ origin: LOG.origin, size: 2n ** 60n, root }));
    await expect(verify()).rejects.toThrow(TileError);
  });

  it('does not read files that cannot be tiles', async () => {
    await write(300);
    edit('tile/0/000', (tile) => Buffer.concat([tile, Buffer.alloc(32)]));
    await expect(new TileDirectory(directory).readTile(0, 0, 256)).rejects.toThrow(
      expect.objectContaining({ reason: 'malformed_tile' }),
    );
    expect((await verify()).findings).toMatchObject([{ class: 'malformed', file: 'tile/0/000' }]);
  });

  function entryAt(file: string, position: number): Buffer {
    const bytes = readFileSync(path(file));
    let offset = 0;
    for (let skip = 0; skip < position; skip++) offset += 2 + bytes.readUInt16BE(offset);
    return bytes.subarray(offset + 2, offset + 2 + bytes.readUInt16BE(offset));
  }
});
