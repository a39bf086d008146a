import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileVerifierStateStore } from '../../../../lib/verification/history/file.verifier-state-store.js';
import { RowVerifierStateStore } from '../../../../lib/verification/history/row.verifier-state-store.js';
import { VerifierStateError } from '../../../../lib/verification/history/verifier-state.error.js';
import { MemoryStateRows } from '../../../../lib/storage/memory/state.memory-rows.js';
import { UNIT_SIZE } from '../../../../lib/verification/verifier/log-tree.js';
import { TestState, VerifiedLog } from '../../../support/verified-log.js';

describe("the verifier's memory", () => {
  let folder: string;
  let log: VerifiedLog;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-memory-'));
    log = new VerifiedLog();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    log.drop();
  });

  it('is kept in a file that only its owner reads, replaced as a whole', async () => {
    await log.grow(3);
    const path = join(folder, 'deep', 'state.json');
    const state = new FileVerifierStateStore(path);
    await log.verify({}, { state });
    await log.grow(2);
    expect(await log.verify({ rolling: 0 }, { state })).toMatchObject({ valid: true, newEvents: 2 });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['state.json']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is kept in the database for want of a file, and said to be weaker', async () => {
    await log.grow(3);
    const state = new RowVerifierStateStore(new MemoryStateRows());
    await log.verify({}, { state });
    await log.grow(2);
    const verdict = await log.verify({ rolling: 0 }, { state });
    expect(verdict).toMatchObject({ valid: true, newEvents: 2 });
    expect(verdict.unchecked).toContainEqual(expect.stringContaining("kept in the log's own database"));
  });

  it('is not built on when it does not fit together', async () => {
    await log.grow(9);
    await log.verify();
    const good = log.state.text as string;
    const change = (edit: (state: { verified: Record<string, unknown>; [key: string]: unknown }) => void) => {
      const state = JSON.parse(good) as { verified: Record<string, unknown>; [key: string]: unknown };
      edit(state);
      return JSON.stringify(state);
    };
    const root = 'ab'.repeat(32);
    for (const text of [
      'nothing',
      change((state) => (state.format = 2)),
      change((state) => (state.verified.root = root)),
      change((state) => (state.verified.size = 11)),
      change((state) => (state.verified.tail = [root, root])),
      change((state) => (state.verified.tail = ['x', 'y'])),
      change((state) => (state.verified.algorithm = 'md5')),
      change((state) => (state.nextUnit = -1)),
      change((state) => (state.verified.streams = [null])),
      change((state) => (state.verified.streams = [{ name: 'main', nextSequence: 1e300, lastHash: null }])),
      change((state) => (state.verified.streams = [{ name: 'main', nextSequence: 9, lastHash: {} }])),
      change((state) => (state.checkpoint = { size: 1e300, root, note: '' })),
      change((state) => (state.checkpoint = { size: 9, root: 7, note: '' })),
      change((state) => (state.anchoredSize = 1e300)),
      change((state) => delete state.origin),
    ]) {
      const run = log.verify({}, { state: new TestState(text) });
      await expect(run).rejects.toThrow(VerifierStateError);
      await expect(run).rejects.toThrow(/memory test state cannot be used: .* Restore it from a copy/);
    }
    writeFileSync(join(folder, 'state'), 'x');
    const inside = new FileVerifierStateStore(join(folder, 'state', 'state.json'));
    await expect(log.verify({}, { state: inside })).rejects.toThrow(VerifierStateError);
  });

  it('goes on where a run that died was, full runs too', async () => {
    await log.grow(60);
    for (const mode of ['incremental', 'full'] as const) {
      const state = new TestState();
      let checked = 0;
      const died = new Error('killed');
      const onProgress = (progress: { checked: number }) => {
        checked = progress.checked;
        if (checked >= 35) throw died;
      };
      await expect(log.verify({ mode, pageSize: 10, saveEvery: 10, onProgress }, { state })).rejects.toBe(died);
      const verdict = await log.verify({ mode, pageSize: 10, rolling: 0 }, { state });
      expect(verdict).toMatchObject({ valid: true, to: 60 });
      expect(verdict.newEvents).toBeLessThan(60 - checked + 11);
      expect(verdict.newEvents).toBeGreaterThanOrEqual(20);
      expect(JSON.parse(state.text as string)).toMatchObject({ full: null, verified: { size: 60 } });
    }
  });

  it('is not believed by a full run when it is kept in the database', async () => {
    await log.grow(20);
    const rows = new MemoryStateRows();
    const state = new RowVerifierStateStore(rows);
    await log.verify({}, { state });
    log.database.editRecord(3, { outcome: 'failure' });
    log.database.rows[3].outcome = 'failure';
    log.database.rechain();
    log.database.remakeHead();
    // The forger has verified his own history, and says that a full run had got to its end with it.
    const forged = new TestState();
    await log.verify({}, { state: forged, trust: undefined, anchors: [], checkpoints: undefined });
    const { verified } = JSON.parse(forged.text as string) as { verified: object };
    const { checkpoint, ...rest } = JSON.parse((await rows.read('verifier')) as string) as { checkpoint: object };
    await rows.write('verifier', JSON.stringify({ ...rest, checkpoint, verified, full: verified }));
    expect(await log.verify({ mode: 'full' }, { state })).toMatchObject({ verdict: 'rewritten', newEvents: 20 });
  });

  it('is as it was when a run was told to end', async () => {
    await log.grow(20);
    const controller = new AbortController();
    const reason = new Error('enough');
    const options = { pageSize: 5, signal: controller.signal, onProgress: () => controller.abort(reason) };
    await expect(log.verify(options)).rejects.toBe(reason);
    expect(log.state.text).toBeNull();
  });

  it('keeps one hash for every 4096 records, with which any old record is found to have been replaced', async () => {
    const size = 2 * UNIT_SIZE + 100;
    await log.grow(UNIT_SIZE - 5);
    await log.grow(size - UNIT_SIZE + 5);
    await log.verify();
    expect(JSON.parse(log.state.text as string)).toMatchObject({
      verified: { size, units: [expect.any(String), expect.any(String)] },
    });

    const original = log.database.copy();
    for (const [index, unit] of [
      [17, 0],
      [UNIT_SIZE + 1, 1],
      [size - 2, 2],
    ]) {
      log.database = original.copy();
      const { database } = log;
      // The record and all hashes beside it; the head and the links are left as they were.
      const { id: _, ...rest } = JSON.parse(database.rows[index].record) as { id: string };
      database.rows[index].record = JSON.stringify({ ...rest, id: database.rows[index].eventId });
      database.editRecord(index, { outcome: 'failure' });
      database.rows[index].outcome = 'failure';
      database.rehash(index);
      const found = [];
      for (let run = 0; run < 3; run++) {
        const verdict = await log.verify({ rolling: 3 }, { state: new TestState(withNextUnit(log.state.text, run)) });
        expect(verdict.rereadEvents).toBe(run === 2 ? 100 : UNIT_SIZE);
        if (!verdict.valid) found.push(run);
      }
      expect(found).toEqual([unit]);
    }
  }, 120_000);
});

function withNextUnit(text: string | null, nextUnit: number): string {
  return JSON.stringify({ ...(JSON.parse(text as string) as object), nextUnit });
}
