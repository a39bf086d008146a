import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatIdentity, ownIdentity } from '../../../../lib/ledger/process/process-identity.js';
import { formatLock } from '../../../../lib/storage/file/lock/lock-file.js';
import { LogLock } from '../../../../lib/storage/file/lock/log-lock.js';
import type { LogLockOptions } from '../../../../lib/storage/file/lock/log-lock.js';

describe('LogLock', () => {
  let folder: string;
  let prefix: string;
  let locks: LogLock[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-lock-'));
    prefix = join(folder, 'audit.jsonl.lock');
    locks = [];
  });
  afterEach(async () => {
    for (const lock of locks) await lock.release();
    rmSync(folder, { recursive: true });
  });

  function lockOf(options: LogLockOptions = {}): LogLock {
    const lock = new LogLock(prefix, 'audit.jsonl', options);
    locks.push(lock);
    return lock;
  }

  const files = () => readdirSync(folder).sort();
  const holderOf = (number: number) =>
    (JSON.parse(readFileSync(`${prefix}.${number}`, 'utf8')) as { holder: string | null }).holder;
  const won = (results: PromiseSettledResult<void>[]) => results.filter(({ status }) => status === 'fulfilled').length;

  /** Writes a lock as another process would have. */
  function leave(number: number, holder: string | null): void {
    writeFileSync(`${prefix}.${number}`, formatLock({ holder, since: '2026-11-21T20:44:00.000Z' }));
  }

  function deadHolder(): string {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    return `${ownIdentity().host}:${pid}:-:0a0b0c0d`;
  }

  const elsewhere = 'another-host:1:-:0a0b0c0d';

  it('is held by one at a time', async () => {
    const [first, second] = [lockOf(), lockOf()];
    await first.acquire(0);
    expect(first.isHeld()).toBe(true);
    expect(holderOf(1)).toBe(formatIdentity(ownIdentity()));
    await expect(second.acquire(0)).rejects.toMatchObject({ reason: 'busy', message: /this very process/ });
    await first.release();
    expect(first.isHeld()).toBe(false);
    await second.acquire(0);
    expect(files()).toEqual(['audit.jsonl.lock.2']);
  });

  it('is waited for', async () => {
    const [first, second] = [lockOf(), lockOf()];
    await first.acquire(0);
    const waiting = second.acquire(60_000);
    await nextTurn();
    await first.release();
    await waiting;
    expect(second.isHeld()).toBe(true);
  });

  it('is won by one of many that want it at once, held before, free or dead', async () => {
    for (const prepare of [() => {}, () => leave(7, null), () => leave(20, deadHolder())]) {
      prepare();
      const many = Array.from({ length: 12 }, () => lockOf());
      expect(won(await Promise.allSettled(many.map((lock) => lock.acquire(0))))).toBe(1);
      expect(many.filter((lock) => lock.isHeld())).toHaveLength(1);
      expect(files()).toHaveLength(1);
      for (const lock of many) await lock.release();
    }
  });

  it('is taken from a dead process at once, which is told', async () => {
    const dead = deadHolder();
    leave(3, dead);
    const told: string[] = [];
    await lockOf({ onTakeOver: (holder) => told.push(holder) }).acquire(0);
    expect(told).toEqual([dead]);
    expect(files()).toEqual(['audit.jsonl.lock.4']);
  });

  it('tells nothing when the one before let go', async () => {
    const told: string[] = [];
    leave(3, null);
    await lockOf({ onTakeOver: (holder) => told.push(holder) }).acquire(0);
    expect(told).toEqual([]);
  });

  it('is kept by a process of another host for as long as that gives signs of life', async () => {
    leave(1, elsewhere);
    const lock = lockOf({ silenceMs: 60_000 });
    await expect(lock.acquire(0)).rejects.toMatchObject({ message: /process 1 on host another-host .*2026-11-21/ });
    const longAgo = Date.now() / 1000 - 61;
    utimesSync(`${prefix}.1`, longAgo, longAgo);
    await lock.acquire(0);
    expect(lock.isHeld()).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['half a line', '{"hold'],
    ['something else', 'locked by Bob'],
  ])('is kept by a file with %s in it until that is old, since somebody may be writing it', async (_, text) => {
    writeFileSync(`${prefix}.1`, text);
    await expect(lockOf().acquire(0)).rejects.toMatchObject({ reason: 'busy', message: /the holder named in/ });
    utimesSync(`${prefix}.1`, 1, 1);
    await lockOf().acquire(0);
  });

  it('gives signs of life, stamped by the file system', async () => {
    const lock = lockOf({ heartbeatMs: 5 });
    await lock.acquire(0);
    const content = readFileSync(`${prefix}.1`, 'utf8');
    utimesSync(`${prefix}.1`, 1, 1);
    while (statSync(`${prefix}.1`).mtimeMs < 10_000) await nextTurn();
    expect(readFileSync(`${prefix}.1`, 'utf8')).toBe(content);
  });

  it('is lost when somebody took it, or took its file away', async () => {
    const lock = lockOf();
    await lock.acquire(0);
    leave(2, elsewhere);
    expect(lock.isHeld()).toBe(false);
    await lock.release();
    expect(holderOf(2)).toBe(elsewhere);
    expect(holderOf(1)).not.toBeNull();

    rmSync(`${prefix}.2`);
    rmSync(`${prefix}.1`);
    const other = lockOf();
    await other.acquire(0);
    rmSync(`${prefix}.1`);
    expect(other.isHeld()).toBe(false);
    await other.acquire(0);
    expect(other.isHeld()).toBe(true);
  });

  it('is not won with a number that is long past', async () => {
    // Somebody saw the number 4, was stopped, and goes on when 5 to 9 have come and gone.
    leave(9, elsewhere);
    const late = lockOf() as unknown as { take(number: number): Promise<boolean> };
    expect(await late.take(5)).toBe(false);
    expect(files()).toEqual(['audit.jsonl.lock.9']);
  });

  it('does not keep the process alive', async () => {
    const code = `
      const { LogLock } = await import(${JSON.stringify(new URL('../../../../dist/esm/storage/file/lock/log-lock.js', import.meta.url).href)});
      await new LogLock(${JSON.stringify(prefix)}, 'x').acquire(0);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // It ended without letting go.
    await lockOf().acquire(0);
  });
});
