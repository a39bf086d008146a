import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FileStorage } from '../../lib/storage/file/file-storage.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { FaultyDisk } from '../support/faulty-file.js';
import { freshLogFolder } from '../support/log-files.js';
import type { LogFolder } from '../support/log-files.js';
import { appendLockedTo, appendTo, events, expectSoundLog } from '../support/log-writer.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';

const kinds = (storage: FileStorage) => storage.incidents.map(({ kind }) => kind);
const bytesOf = (path: string) => readFileSync(path).length;

describe('faults of a log in files', () => {
  let place: LogFolder;

  beforeEach(() => (place = freshLogFolder()));
  afterEach(() => place.drop());

  describe('a disk that fails', () => {
    let disk: FaultyDisk;
    let storage: FileStorage;

    beforeEach(async () => {
      disk = new FaultyDisk();
      storage = await place.open({ openFile: disk.open });
      await appendTo(storage.ledger, events('first', 3));
    });

    const WAYS = [
      ['append', (id: string) => appendTo(storage.ledger, events(id, 3))],
      ['appendLocked', (id: string) => appendLockedTo(storage.ledger, events(id, 3))],
    ] as const;

    describe.each(WAYS)('%s', (_, append) => {
      it.each([
        ['write', 'full'],
        ['short write', 'full'],
        ['sync', 'unknown'],
      ] as const)('leaves nothing behind after a failed %s', async (fault, reason) => {
        const before = readFileSync(place.path);
        disk.faults.push(fault);
        await expect(append('a')).rejects.toMatchObject({ name: 'StoreError', reason, transient: true });
        expect(readFileSync(place.path).equals(before)).toBe(true);
        await expectSoundLog(storage.ledger, 3);
        expect(await storage.ledger.findSealed(['a-0'])).toEqual([]);
        await append('a');
        await expectSoundLog(storage.ledger, 6);
        expect(storage.incidents).toEqual([]);
      });

      it('appends nothing until what a failed write left is cut off, and nobody reads it', async () => {
        disk.faults.push('short write', 'truncate', 'truncate');
        const size = bytesOf(place.path);
        await expect(append('a')).rejects.toMatchObject({ reason: 'full' });
        expect(bytesOf(place.path)).toBeGreaterThan(size);
        await expectSoundLog(storage.ledger, 3);
        expect(await storage.ledger.findSealed(['a-0'])).toEqual([]);
        await expect(append('a')).rejects.toMatchObject({ message: /could not be cut back/ });
        await expectSoundLog(storage.ledger, 3);
        await append('a');
        await expectSoundLog(storage.ledger, 6);
        expect(storage.incidents).toEqual([]);
      });
    });

    it('loses nothing acknowledged and keeps nothing else, whatever fails when', async () => {
      const fault = fc.constantFrom('write', 'short write', 'sync', 'truncate', null, null, null);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(fault, { maxLength: 3 }), { maxLength: 12 }), async (rounds) => {
          const own = freshLogFolder();
          const broken = new FaultyDisk();
          const log = await own.open({ openFile: broken.open, rotateBytes: 2000 });
          const acknowledged: string[] = [];
          for (const [round, faults] of rounds.entries()) {
            broken.faults.splice(0, Infinity, ...faults.filter((one) => one !== null));
            const list = events(`r${round}`, 4);
            const done = await appendTo(log.ledger, list).catch(() => false);
            if (done) acknowledged.push(...list.map(({ id }) => id));
          }
          broken.faults.splice(0);
          await appendTo(log.ledger, events('last', 1));
          const seen = (await expectSoundLog(log.ledger)).map(({ eventId }) => eventId);
          expect(seen).toEqual([...acknowledged, 'last-0']);
          await log.close();
          const again = await own.open();
          await expectSoundLog(again.ledger, seen.length);
          await own.drop();
        }),
        { numRuns: 25 },
      );
    }, 60_000);

    it('reports a failed sync between batches, and no head that rests on it is written', async () => {
      await storage.close();
      let report = () => {};
      const reported = new Promise<void>((resolve) => (report = resolve));
      const late = await place.open({
        openFile: disk.open,
        fsync: 'interval',
        fsyncIntervalMs: 1,
        onIncident: () => report(),
      });
      const head = readFileSync(`${place.path}.head`);
      disk.faults.push('sync');
      await appendTo(late.ledger, events('a', 3));
      await reported;
      expect(late.incidents[0]).toMatchObject({ kind: 'sync_failed', cause: { message: /EIO/ } });
      await expectSoundLog(late.ledger, 6);
      await late.close();
      expect(kinds(late)).toEqual(['sync_failed', 'head_not_written']);
      expect(readFileSync(`${place.path}.head`).equals(head)).toBe(true);
    });

    it('syncs once a batch, later, or not at all', async () => {
      await storage.close();
      const syncs = async (fsync: 'batch' | 'interval' | 'never') => {
        const log = await place.open({ openFile: disk.open, fsync, fsyncIntervalMs: 3_600_000 });
        disk.calls.splice(0);
        for (let n = 0; n < 3; n++) await appendTo(log.ledger, events(`${fsync}${n}`, 2));
        const calls = [...disk.calls];
        await log.close();
        return calls;
      };
      expect(await syncs('batch')).toEqual(['write', 'sync', 'write', 'sync', 'write', 'sync']);
      expect(await syncs('interval')).toEqual(['write', 'write', 'write']);
      expect(await syncs('never')).toEqual(['write', 'write', 'write']);
    });
  });

  it('is full when the system says so, and goes on when there is room', async () => {
    const script = join(import.meta.dirname, 'file-filler.mjs');
    // 512-byte blocks: the file may have 100 KB.
    const { stdout, stderr, status } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 200 && exec "$0" "$@"', process.execPath, script, place.path],
      { encoding: 'utf8' },
    );
    expect({ stderr, status }).toMatchObject({ status: 0 });
    const { reason, transient, acknowledged } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ reason, transient }).toEqual({ reason: 'full', transient: true });
    expect(Number(acknowledged)).toBeGreaterThan(50);
    expect(bytesOf(place.path)).toBeLessThanOrEqual(102_400);
    const storage = await place.open();
    expect(kinds(storage)).not.toContain('torn_tail');
    expect((await storage.ledger.readHead()).size).toBe(acknowledged);
    await new LogAuthor(storage.ledger).seal(variedEvents(3));
    expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true });
  });

  describe('a process that is killed', () => {
    /** The files as a kill leaves them: `behind` batches after the head file was written. */
    async function interrupted(behind: number, options = {}): Promise<void> {
      const storage = await place.open(options);
      const author = new LogAuthor(storage.ledger);
      await author.seal(variedEvents(5));
      await storage.close();
      const head = readFileSync(`${place.path}.head`);
      const again = await place.open(options);
      for (let n = 0; n < behind; n++) await new LogAuthor(again.ledger).seal(variedEvents(4, 5 + n * 4));
      await again.close();
      writeFileSync(`${place.path}.head`, head);
    }

    it('has all its lines after the restart', async () => {
      await interrupted(3);
      const storage = await place.open();
      expect((await storage.ledger.readHead()).size).toBe(17);
      expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 17 });
      expect(storage.incidents).toEqual([]);
    });

    it('reads only what is behind the point that the head file names', async () => {
      await interrupted(3);
      const { ledger } = await place.open({ readOnly: true });
      const head = await ledger.readHead();
      const bytes = readFileSync(place.path);
      const first = bytes.subarray(0, bytes.indexOf('\n')).indexOf('"v":1}');
      bytes.write('"v":7}', first);
      writeFileSync(place.path, bytes);
      const storage = await place.open();
      // Had the first line been read, the root would be that of the line as it is now.
      expect(await storage.ledger.readHead()).toEqual(head);
      expect((await new Verifier(storage.ledger).verify()).findings).toMatchObject([
        { reason: 'hash_mismatch', index: 0 },
      ]);
    });

    it('has every whole line, wherever the last write was torn', async () => {
      await interrupted(1);
      const whole = readFileSync(place.path);
      const head = readFileSync(`${place.path}.head`);
      const ends = Array.from({ length: 4 }, (_, n) => nthLine(whole, 6 + n));
      const cuts = ends
        .flatMap((end) => [end - 300, end - 2, end - 1, end, end + 1])
        .filter((cut) => cut <= whole.length);
      for (const cut of [nthLine(whole, 5), ...cuts]) {
        writeFileSync(place.path, whole.subarray(0, cut));
        writeFileSync(`${place.path}.head`, head);
        const lines = whole.subarray(0, cut).toString().split('\n').length - 1;
        const isTorn = whole[cut - 1] !== 0x0a;
        const reader = await place.open({ readOnly: true });
        expect(await new Verifier(reader.ledger).verify()).toMatchObject({ valid: true, totalEvents: lines });
        await reader.close();
        const storage = await place.open();
        expect(kinds(storage)).toEqual(isTorn ? ['torn_tail'] : []);
        if (isTorn) {
          const [{ bytes, records, keptIn }] = storage.incidents;
          const begin = whole.lastIndexOf('\n', cut - 1) + 1;
          expect({ bytes, records }).toEqual({ bytes: cut - begin, records: 0 });
          expect(readFileSync(String(keptIn)).equals(whole.subarray(begin, cut))).toBe(true);
        }
        await new LogAuthor(storage.ledger).seal(variedEvents(2, 50));
        expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: lines + 2 });
        await storage.close();
      }
    }, 60_000);

    it('cuts off what stands behind a hole that a power failure left, and keeps it aside', async () => {
      await interrupted(2);
      const whole = readFileSync(place.path);
      const starts = [...whole.toString().matchAll(/^/gm)].length;
      expect(starts).toBeGreaterThan(12);
      const line7 = nthLine(whole, 7);
      writeFileSync(
        place.path,
        Buffer.concat([whole.subarray(0, line7 + 10), Buffer.alloc(64), whole.subarray(line7 + 74)]),
      );
      const damaged = readFileSync(place.path);
      const storage = await place.open();
      expect(storage.incidents).toMatchObject([{ kind: 'torn_tail', records: 13 - 7, bytes: damaged.length - line7 }]);
      expect(readFileSync(String(storage.incidents[0].keptIn)).equals(damaged.subarray(line7))).toBe(true);
      expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 7 });
    });

    it('never cuts off zeros in what was known to be on the disk: that is damage, not a torn write', async () => {
      await interrupted(1);
      const whole = readFileSync(place.path);
      const line2 = nthLine(whole, 2);
      whole.fill(0, line2 + 10, line2 + 20);
      writeFileSync(place.path, whole);
      const storage = await place.open();
      expect(storage.incidents).toEqual([]);
      const { findings } = await new Verifier(storage.ledger).verify();
      expect(findings[0]).toMatchObject({ reason: 'malformed', index: 2 });
      expect(bytesOf(place.path)).toBe(whole.length);
    });

    it('keeps several torn ends apart', async () => {
      const storage = await place.open();
      await storage.close();
      for (const text of ['{"record":{"a', '{"record":{"b']) {
        appendFileSync(place.path, text);
        await (await place.open()).close();
      }
      const torn = readdirSync(place.folder).filter((name) => name.includes('.torn-'));
      expect(torn.map((name) => readFileSync(join(place.folder, name), 'utf8')).sort()).toEqual([
        '{"record":{"a',
        '{"record":{"b',
      ]);
    });

    describe('while it closed a file', () => {
      const SEGMENT = 'audit.0000000000000000.jsonl';
      const steps: readonly [string, (place: LogFolder) => void][] = [
        ['before the new one was made', ({ folder, path }) => renameSync(path, join(folder, SEGMENT))],
        [
          'before the manifest was written',
          ({ folder, path }) => {
            renameSync(path, join(folder, SEGMENT));
            writeFileSync(path, '');
          },
        ],
        [
          'while the manifest was written',
          ({ folder, path }) => {
            renameSync(path, join(folder, SEGMENT));
            writeFileSync(path, '');
            writeFileSync(`${path}.manifest`, '{"v":1,"file":"audit.00000');
          },
        ],
      ];

      it.each(steps)('%s', async (_, leave) => {
        await interrupted(1);
        leave(place);
        const reader = await place.open({ readOnly: true });
        expect(await new Verifier(reader.ledger).verify()).toMatchObject({ valid: true, totalEvents: 9 });
        await reader.close();
        const storage = await place.open();
        expect(storage.incidents).toEqual([]);
        await new LogAuthor(storage.ledger).seal(variedEvents(3, 9));
        expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 12 });
        const [entry] = readFileSync(`${place.path}.manifest`, 'utf8').trimEnd().split('\n');
        expect(JSON.parse(entry)).toMatchObject({ file: SEGMENT, first: 0, next: 9, records: 9, previous: null });
        expect(readFileSync(place.path, 'utf8').trimEnd().split('\n')).toHaveLength(3);
      });

      it('before the head was written anew', async () => {
        const storage = await place.open();
        await new LogAuthor(storage.ledger).seal(variedEvents(5));
        await storage.close();
        const head = readFileSync(`${place.path}.head`);
        const rotating = await place.open({ rotateBytes: 100 });
        await new LogAuthor(rotating.ledger).seal(variedEvents(3, 5));
        await rotating.close();
        writeFileSync(`${place.path}.head`, head);
        const again = await place.open();
        expect(again.incidents).toEqual([]);
        expect(await new Verifier(again.ledger).verify()).toMatchObject({ valid: true, totalEvents: 8 });
      });
    });
  });

  describe('a file that somebody else touches while it is open', () => {
    let storage: FileStorage;
    let author: LogAuthor;

    beforeEach(async () => {
      storage = await place.open();
      author = new LogAuthor(storage.ledger);
      await author.seal(variedEvents(5));
    });

    it('is found again when an editor or logrotate has replaced it', async () => {
      const text = readFileSync(place.path);
      renameSync(place.path, join(place.folder, 'moved'));
      writeFileSync(place.path, text);
      await author.seal(variedEvents(3, 5));
      expect(kinds(storage)).toEqual(['file_changed']);
      expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: 8 });
      expect(bytesOf(join(place.folder, 'moved'))).toBe(text.length);
    });

    it('is begun anew behind the hole when it is deleted, and the hole shows', async () => {
      rmSync(place.path);
      expect((await new Verifier(storage.ledger).verify()).findings[0]).toMatchObject({
        reason: 'truncated',
        index: 0,
      });
      await author.seal(variedEvents(3, 5));
      expect(kinds(storage)).toEqual(['file_changed', 'records_missing']);
      const { findings, totalEvents } = await new Verifier(storage.ledger).verify();
      expect({ findings, totalEvents }).toMatchObject({
        findings: [{ reason: 'missing', index: 0, until: 5 }],
        totalEvents: 3,
      });
      await storage.close();
      const again = await place.open();
      expect((await new Verifier(again.ledger).verify()).findings).toHaveLength(1);
      expect(again.incidents).toEqual([]);
    });

    it('gives no event twice when it was replaced in the middle of a write', async () => {
      await storage.close();
      const text = readFileSync(place.path);
      let replace = false;
      const disk = new FaultyDisk();
      const open: FaultyDisk['open'] = async (path) => {
        const file = await disk.open(path);
        const sync = file.sync.bind(file);
        file.sync = async () => {
          await sync();
          if (!replace) return;
          replace = false;
          rmSync(place.path);
          writeFileSync(place.path, text);
        };
        return file;
      };
      const log = await place.open({ openFile: open });
      replace = true;
      const list = events('a', 3);
      await expect(appendTo(log.ledger, list)).rejects.toMatchObject({ name: 'FileChangedError', transient: true });
      expect(await log.ledger.findSealed(list.map(({ id }) => id))).toEqual([]);
      await appendTo(log.ledger, list);
      expect((await log.ledger.readHead()).size).toBe(8);
      expect(await new Verifier(log.ledger).verify({ from: 0, to: 8 })).toMatchObject({ totalEvents: 8 });
    });
  });

  it('says what is wrong with the folder', async () => {
    const missing = join(place.folder, 'nowhere', 'audit.jsonl');
    await expect(place.open({ path: missing })).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'schema',
      message: /folder has to exist/,
    });
    await expect(place.open({ path: missing, readOnly: true })).rejects.toMatchObject({ reason: 'schema' });
    await expect(place.open({ readOnly: true })).rejects.toMatchObject({ message: /There is no audit log at/ });
    expect(existsSync(place.path)).toBe(false);
    mkdirSync(place.path);
    await expect(place.open()).rejects.toMatchObject({ name: 'StoreError', reason: 'schema' });
    rmSync(place.path, { recursive: true });
    await (await place.open()).close();
  });
});

/** Where line `n` begins. */
function nthLine(bytes: Buffer, n: number): number {
  let at = 0;
  for (let line = 0; line < n; line++) at = bytes.indexOf('\n', at) + 1;
  return at;
}
