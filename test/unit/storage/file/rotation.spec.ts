import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactRange } from '../../../../lib/ledger/merkle/index.js';
import type { FileStorage } from '../../../../lib/storage/file/file-storage.js';
import { LogPaths } from '../../../../lib/storage/file/log-paths.js';
import type { ManifestEntry } from '../../../../lib/storage/file/log/manifest.js';
import { readManifest } from '../../../../lib/storage/file/log/manifest.js';
import { Verifier } from '../../../../lib/verification/verifier/verifier.js';
import { freshLogFolder } from '../../../support/log-files.js';
import type { LogFolder } from '../../../support/log-files.js';
import { LogAuthor, variedEvents } from '../../../support/sealed-log.js';

const DAY = 86_400_000;
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

describe('rotation', () => {
  let place: LogFolder;
  beforeEach(() => (place = freshLogFolder()));
  afterEach(() => place.drop());

  const closed = () => readdirSync(place.folder).filter((name) => /\.\d{16}\.jsonl$/.test(name));
  const entries = (): ManifestEntry[] =>
    readFileSync(`${place.path}.manifest`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ManifestEntry);
  const seal = (storage: FileStorage, count: number, from = 0) =>
    new LogAuthor(storage.ledger).seal(variedEvents(count, from));

  it('closes a file once it is as large, never in the middle of a batch', async () => {
    const storage = await place.open({ rotateBytes: 10_000 });
    for (let n = 0; n < 20; n++) await seal(storage, 5, n * 5);
    for (const name of closed()) {
      const text = readFileSync(join(place.folder, name), 'utf8');
      expect(text.endsWith('\n')).toBe(true);
      expect((text.split('\n').length - 1) % 5).toBe(0);
      expect(text.length).toBeGreaterThanOrEqual(10_000);
      expect(text.length).toBeLessThan(20_000);
    }
    expect(closed().length).toBeGreaterThan(3);
    expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 100 });
  });

  it('closes a file when its day is over, if there is something in it', async () => {
    let now = Date.UTC(2026, 10, 21, 23, 59, 59, 999);
    const options = { rotateEvery: 'day' as const, now: () => now };
    let storage = await place.open(options);
    await seal(storage, 3);
    expect(closed()).toEqual([]);
    now += 1;
    await seal(storage, 2, 3);
    expect(closed()).toEqual(['audit.0000000000000000.jsonl']);
    await storage.close();
    // A day without events, and a restart, make no empty file.
    now += 2 * DAY;
    storage = await place.open(options);
    await seal(storage, 2, 5);
    expect(closed()).toEqual(['audit.0000000000000000.jsonl', 'audit.0000000000000003.jsonl']);
    now -= DAY;
    await seal(storage, 2, 7);
    expect(closed()).toHaveLength(2);
    expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 9 });
    expect(entries().map(({ closedAt }) => closedAt.slice(0, 10))).toEqual(['2026-11-22', '2026-11-24']);
  });

  it('begins its day when the first event comes', async () => {
    let now = Date.UTC(2026, 10, 21);
    const storage = await place.open({ rotateEvery: 'day', now: () => now });
    now += 5 * DAY;
    await seal(storage, 1);
    expect(closed()).toEqual([]);
  });

  it('carries the chain over and writes a manifest that can be checked with other tools', async () => {
    const storage = await place.open({ rotateBytes: 6000 });
    for (let n = 0; n < 12; n++) await seal(storage, 4, n * 4);
    let previous: string | null = null;
    let next = 0;
    for (const [n, line] of readFileSync(`${place.path}.manifest`, 'utf8').trimEnd().split('\n').entries()) {
      const entry = entries()[n];
      const content = readFileSync(join(place.folder, entry.file));
      expect(entry).toMatchObject({ v: 1, first: next, previous, bytes: content.length, sha256: sha256(content) });
      expect(entry.records).toBe(content.toString().split('\n').length - 1);
      expect(entry.next).toBe(entry.first + entry.records);
      const range = new CompactRange();
      for (const leaf of await storage.ledger.readLeafHashes(0, entry.next)) range.append(Buffer.from(leaf, 'hex'));
      expect(entry.root).toBe(range.root().toString('hex'));
      expect(entry.compactRange).toEqual(range.toHex());
      previous = sha256(line);
      next = entry.next;
    }
    expect(entries().length).toBeGreaterThan(2);
    expect(await readManifest(`${place.path}.manifest`)).toMatchObject({ brokenAt: null, last: previous });
    expect(statSync(join(place.folder, closed()[0])).mode & 0o777).toBe(0o600);
  });

  it('says which line of the manifest does not follow', async () => {
    const storage = await place.open({ rotateBytes: 3000 });
    for (let n = 0; n < 12; n++) await seal(storage, 4, n * 4);
    await storage.close();
    const path = `${place.path}.manifest`;
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, lines.with(1, lines[1].replace(/"closedAt":"2/, '"closedAt":"3')).join('\n'));
    expect((await readManifest(path)).brokenAt).toBe(2);
    writeFileSync(path, lines.toSpliced(0, 1).join('\n'));
    expect((await readManifest(path)).brokenAt).toBe(0);
    writeFileSync(path, lines.with(0, 'x').join('\n'));
    expect((await readManifest(path)).brokenAt).toBe(0);
    const reader = await place.open({ readOnly: true });
    expect(reader.incidents[0]).toMatchObject({ kind: 'manifest_broken', message: /line 1 of the manifest/ });
    expect(await new Verifier(reader.ledger).verify()).toMatchObject({ valid: true });
  });

  it('does not follow a manifest out of its folder', async () => {
    const storage = await place.open({ rotateBytes: 3000 });
    for (let n = 0; n < 4; n++) await seal(storage, 4, n * 4);
    await storage.close();
    const path = `${place.path}.manifest`;
    writeFileSync(path, readFileSync(path, 'utf8').replace('"file":"audit.0', '"file":"../../etc/passwd'));
    const reader = await place.open({ readOnly: true });
    expect(reader.incidents.map(({ kind }) => kind)).toContain('manifest_broken');
    expect(await new Verifier(reader.ledger).verify()).toMatchObject({ valid: true });
  });

  it('goes on in the full file when it cannot be closed, says so, and tries again later', async () => {
    let now = Date.UTC(2026, 10, 21);
    const storage = await place.open({ rotateBytes: 3000, now: () => now });
    await seal(storage, 12);
    // Something stands where the manifest would be written.
    mkdirSync(`${place.path}.manifest`);
    await expect(seal(storage, 2, 12)).rejects.toMatchObject({ name: 'StoreError', transient: true });
    expect(storage.incidents.map(({ kind }) => kind)).toContain('rotation_failed');
    rmSync(`${place.path}.manifest`, { recursive: true });
    now += 60_001;
    await seal(storage, 2, 12);
    expect(entries()).toHaveLength(1);
    expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 14 });
  });

  it('lets queries and pages run over all files', async () => {
    const storage = await place.open({ rotateBytes: 3000 });
    for (let n = 0; n < 12; n++) await seal(storage, 4, n * 4);
    const all = await storage.ledger.readRange(0, 1000);
    expect(all.map(({ logIndex }) => logIndex)).toEqual([...all.keys()]);
    const backwards = await storage.ledger.findPage({ direction: 'descending', limit: 1000 });
    expect(backwards).toEqual([...all].reverse());
    for (const { eventId, logIndex } of all) {
      expect(await storage.ledger.findById(eventId)).toEqual(all[logIndex]);
    }
    const other = await place.open({ readOnly: true });
    expect(await other.ledger.findSealed(all.map(({ eventId }) => eventId))).toHaveLength(all.length);
    expect(await other.ledger.findById(all[5].eventId)).toEqual(all[5]);
  });
});

describe('LogPaths', () => {
  it('names closed files by their first position, and knows them again', () => {
    for (const path of ['/logs/audit.jsonl', '/logs/audit', '/logs/audit.log.jsonl']) {
      const paths = new LogPaths(path);
      for (const first of [0, 7, 1_234_567, Number.MAX_SAFE_INTEGER]) {
        expect(paths.firstOf(paths.segmentName(first))).toBe(first);
      }
      expect(paths.segmentName(10) > paths.segmentName(9)).toBe(true);
      for (const name of ['audit.jsonl', 'audit.jsonl.head', 'audit.12.jsonl', 'other.0000000000000000.jsonl']) {
        expect(paths.firstOf(name)).toBeNull();
      }
    }
  });
});
