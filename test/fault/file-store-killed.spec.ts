import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FileStorage } from '../../lib/storage/file/file-storage.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { freshLogFolder } from '../support/log-files.js';
import type { LogFolder } from '../support/log-files.js';
import { readAll } from '../support/log-writer.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';

const SCRIPT = join(import.meta.dirname, 'file-appender.mjs');
const KILLS = 12;
const FOREVER = 1_000_000;

describe('a log in files and its processes', () => {
  let place: LogFolder;
  let children: ChildProcess[];

  beforeEach(() => {
    place = freshLogFolder();
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await place.drop();
  });

  function start(batches: number, options = {}): { child: ChildProcess; errors: () => string; file: string } {
    const file = join(place.folder, 'acknowledged');
    const all = JSON.stringify({ path: place.path, ...options });
    const child = spawn(process.execPath, [SCRIPT, all, String(batches), file], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    return { child, errors: () => errors, file };
  }

  /** Resolves once it has said so much, or is gone. */
  async function said(child: ChildProcess, characters: number): Promise<void> {
    let count = 0;
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => (count += chunk.length) >= characters && resolve());
      child.once('close', () => resolve());
    });
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }

  const acknowledged = (file: string) =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : ([] as string[]);

  async function expectNothingLost(storage: FileStorage, file: string): Promise<void> {
    const ids = (await readAll(storage.ledger)).map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
    const seen = new Set(ids);
    expect(acknowledged(file).filter((id) => !seen.has(id))).toEqual([]);
    expect(await new Verifier(storage.ledger).verify()).toMatchObject({ valid: true, totalEvents: ids.length });
  }

  it('loses nothing acknowledged when it is killed again and again', async () => {
    const torn: number[] = [];
    let file = '';
    for (let round = 0; round < KILLS; round++) {
      const running = start(FOREVER, { rotateBytes: 3_000_000 });
      file = running.file;
      await said(running.child, 2 + ((round * 5) % 23));
      await kill(running.child);
      expect(running.errors()).toBe('');
      if (round % 3 !== 2) continue;

      const reader = await place.open({ readOnly: true });
      await expectNothingLost(reader, file);
      const storage = await place.open();
      const kinds = storage.incidents.map(({ kind }) => kind);
      expect(kinds).toContain('lock_taken_over');
      expect(kinds.filter((kind) => kind !== 'lock_taken_over' && kind !== 'torn_tail')).toEqual([]);
      torn.push(...storage.incidents.flatMap(({ kind, bytes = 0 }) => (kind === 'torn_tail' ? [bytes] : [])));
      await expectNothingLost(storage, file);
      await storage.close();
      await reader.close();
    }
    expect(acknowledged(file).length).toBeGreaterThan(KILLS * 20);
    expect(torn.every((bytes) => bytes > 0)).toBe(true);
  }, 120_000);

  it('refuses a second process while the first lives, and lets it in once that is dead', async () => {
    const { child } = start(FOREVER);
    await said(child, 5);
    await expect(place.open()).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'busy',
      transient: true,
      message: expect.stringMatching(
        new RegExp(`in use: process ${child.pid} on host ${hostname()} writes to it since 20`),
      ) as unknown,
    });
    const reader = await place.open({ readOnly: true });
    expect(await new Verifier(reader.ledger).verify()).toMatchObject({ valid: true });
    await expect(reader.ledger.append({} as never)).rejects.toMatchObject({ reason: 'refused' });

    const waiting = place.open({ lockWaitMs: 60_000 });
    await kill(child);
    const storage = await waiting;
    expect(storage.incidents[0]).toMatchObject({
      kind: 'lock_taken_over',
      message: expect.stringContaining(`:${child.pid}:`) as unknown,
    });
    await new LogAuthor(storage.ledger).seal(variedEvents(2));
    expect(await new Verifier(reader.ledger).verify()).toMatchObject({ valid: true, findings: [] });
  }, 60_000);

  it('lets many that start over a dead one in, one after the other', async () => {
    const { child, file } = start(FOREVER);
    await said(child, 4);
    await kill(child);
    const many = Array.from({ length: 5 }, () => start(6, { lockWaitMs: 60_000 }));
    for (const one of many) {
      if (one.child.exitCode === null) await once(one.child, 'close');
      expect({ code: one.child.exitCode, errors: one.errors() }).toEqual({ code: 0, errors: '' });
    }
    const storage = await place.open();
    expect(storage.incidents).toEqual([]);
    await expectNothingLost(storage, file);
  }, 60_000);

  it('can be verified again and again while another process writes and closes files', async () => {
    const { child, file } = start(FOREVER, { rotateBytes: 400_000 });
    await said(child, 10);
    const reader = await place.open({ readOnly: true });
    const closed = () => readdirSync(place.folder).filter((name) => /\.\d{16}\.jsonl$/.test(name)).length;
    const until = closed() + 4;
    let before = 0;
    while (closed() < until) {
      const result = await new Verifier(reader.ledger).verify();
      expect(result).toMatchObject({ valid: true, findings: [] });
      expect(result.totalEvents).toBeGreaterThanOrEqual(before);
      before = result.totalEvents;
    }
    expect(before).toBeGreaterThan(0);
    await kill(child);
    await expectNothingLost(reader, file);
    expect(reader.incidents).toEqual([]);
  }, 60_000);
});
