import { readFile } from 'node:fs/promises';
import type { Lease, LeaseStore } from '../../../ledger/lease-store.port.js';
import { toStoreError } from '../io/to-store-error.js';
import { Turns } from '../io/turns.js';
import { writeAtomically } from '../io/write-atomically.js';
import type { WriteAccess } from '../write-access.js';

/**
 * Leases in a small JSON file. Only the process that holds the log takes any, so they are not there to share work: they
 * outlive the process, which is how the next start learns that it ended without saying so.
 */
export class FileLeaseStore implements LeaseStore {
  private readonly turns = new Turns();

  constructor(
    private readonly path: string,
    private readonly access: WriteAccess,
    private readonly now: () => number = Date.now,
  ) {}

  acquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    return this.turns.take(async () => {
      const leases = await this.read();
      const now = this.now();
      const lease = leases.find((one) => one.name === name);
      if (lease && lease.holder !== holder && lease.expiresAt > now) return false;
      await this.write([...leases.filter((one) => one !== lease), { name, holder, expiresAt: now + ttlMs }]);
      return true;
    });
  }

  release(name: string, holder: string): Promise<boolean> {
    return this.turns.take(async () => {
      const leases = await this.read();
      const lease = leases.find((one) => one.name === name && one.holder === holder);
      if (lease) await this.write(leases.filter((one) => one !== lease));
      return lease !== undefined;
    });
  }

  async list(prefix: string): Promise<Lease[]> {
    const leases = await this.turns.take(() => this.read());
    return leases.filter(({ name }) => name.startsWith(prefix)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private async read(): Promise<Lease[]> {
    try {
      return parse(await readFile(this.path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw toStoreError(error, this.path, 'read');
    }
  }

  private async write(leases: readonly Lease[]): Promise<void> {
    this.access.assertWritable();
    try {
      await writeAtomically(this.path, `${JSON.stringify(leases)}\n`);
    } catch (error) {
      throw toStoreError(error, this.path, 'written');
    }
  }
}

/** Nothing depends on leases, so a file that somebody has spoilt is an empty one. */
function parse(text: string): Lease[] {
  try {
    const leases = JSON.parse(text) as Lease[];
    return leases.filter(
      ({ name, holder, expiresAt }) =>
        typeof name === 'string' && typeof holder === 'string' && Number.isFinite(expiresAt),
    );
  } catch {
    return [];
  }
}
