import { existsSync } from 'node:fs';
import { unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatIdentity, ownIdentity, parseIdentity } from '../../../ledger/process/process-identity.js';
import { StoreError } from '../../../ledger/store.error.js';
import { FILE_MODE, writeAtomically } from '../io/write-atomically.js';
import { findLock, formatLock, lockNumbers } from './lock-file.js';
import type { FoundLock, LockEntry } from './lock-file.js';

const POLL_MS = 50;

export interface LogLockOptions {
  /** How often the holder touches its file, for processes of other hosts, in milliseconds. @default 10000 */
  readonly heartbeatMs?: number;
  /** A holder on another host that was silent for so long counts as dead, in milliseconds. @default 60000 */
  readonly silenceMs?: number;
  /** Told when a dead process had held the log. */
  readonly onTakeOver?: (dead: string) => void;
}

/**
 * Lets one process write to a log.
 *
 * The lock is the numbered file `<log>.lock.<n>` with the highest number. Whoever finds its holder dead, or gone,
 * makes the file with the next number, which only one can do; numbers never come back, because the last file stays when
 * its holder lets go. So a killed process locks nobody out, and two that start at once do not both win.
 */
export class LogLock {
  private number = 0;
  private entry: LockEntry | null = null;
  private timer: NodeJS.Timeout | null = null;

  /**
   * @param prefix path of the lock files without their number
   * @param log the file that is locked, for messages
   */
  constructor(
    private readonly prefix: string,
    private readonly log: string,
    private readonly options: LogLockOptions = {},
  ) {}

  /** @throws {StoreError} with reason `busy`, naming the holder, if it does not let go in time */
  async acquire(waitMs: number): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const found = await this.find();
      if (found?.state !== 'held') {
        if (await this.take((found?.number ?? 0) + 1)) return this.taken(found);
      } else if (performance.now() >= deadline) throw this.refusal(found);
      else await delay(Math.min(POLL_MS, Math.max(1, deadline - performance.now())));
    }
  }

  /** Whether nobody has taken the log since; a process that was stopped for long may have lost it. */
  isHeld(): boolean {
    return this.entry !== null && existsSync(this.path(this.number)) && !existsSync(this.path(this.number + 1));
  }

  async release(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    if (!this.isHeld()) return;
    const { since } = this.entry as LockEntry;
    this.entry = null;
    await writeAtomically(this.path(this.number), formatLock({ holder: null, since }));
  }

  private async find(): Promise<FoundLock | null> {
    for (;;) {
      try {
        return await findLock(this.prefix, this.options.silenceMs ?? 60_000);
      } catch (error) {
        // Its file went away between listing and reading: another one counts now.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(dirname(this.prefix))) throw error;
      }
    }
  }

  private async take(number: number): Promise<boolean> {
    const entry = { holder: formatIdentity(ownIdentity()), since: new Date().toISOString() };
    try {
      await writeFile(this.path(number), formatLock(entry), { flag: 'wx', mode: FILE_MODE });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    // Whoever was stopped for long before may have made a number that is long past.
    if ((await lockNumbers(this.prefix))[0] !== number) {
      await unlink(this.path(number)).catch(() => undefined);
      return false;
    }
    this.number = number;
    this.entry = entry;
    return true;
  }

  private async taken(before: FoundLock | null): Promise<void> {
    for (const old of await lockNumbers(this.prefix)) {
      if (old < this.number) await unlink(this.path(old)).catch(() => undefined);
    }
    this.timer = setInterval(() => void this.beat(), this.options.heartbeatMs ?? 10_000);
    this.timer.unref();
    if (before?.state === 'dead') this.options.onTakeOver?.(before.entry?.holder ?? 'unknown');
  }

  /** Writes the same bytes again, so that the file system stamps the file with its own clock. */
  private async beat(): Promise<void> {
    if (!this.entry || !this.isHeld()) return;
    // If it cannot be written, the next append notices what is wrong.
    await writeFile(this.path(this.number), formatLock(this.entry), { flag: 'r+' }).catch(() => undefined);
  }

  private refusal({ entry, number }: FoundLock): StoreError {
    const identity = entry?.holder ? parseIdentity(entry.holder) : null;
    const own = identity?.boot === ownIdentity().boot;
    const who = own
      ? 'this very process has opened it already'
      : identity
        ? `process ${identity.pid} on host ${identity.host} writes to it since ${entry?.since}`
        : `the holder named in ${this.path(number)} writes to it`;
    return new StoreError(
      `The audit log ${this.log} is in use: ${who}. A log in a file has one writer, or its chain would fork. ` +
        'Stop the other one, give this one a storage.path of its own, or choose a database as storage. A dead holder is ' +
        'noticed by itself: at once on this host, after a minute of silence on another.',
      { reason: 'busy' },
    );
  }

  private path(number: number): string {
    return `${this.prefix}.${number}`;
  }
}
