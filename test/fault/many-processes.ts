import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';

const SCRIPT = fileURLToPath(new URL('./appending-process.mjs', import.meta.url));

export interface ManyProcessesOptions {
  readonly storage: StorageOptions;
  readonly processes: number;
  readonly eventsEach: number;
  /** How many of the processes are killed, each when it has acknowledged a different share of its events. */
  readonly killed: number;
}

interface Outcome {
  readonly acknowledged: readonly string[];
  readonly wasKilled: boolean;
  readonly exit: string;
}

/**
 * Lets processes append to one log at once, kills some of them with SIGKILL in the middle, and checks what is left:
 * the log is sound, nothing is in it twice, and whatever was acknowledged is there.
 */
export async function appendFromManyProcesses({
  storage,
  processes,
  eventsEach,
  killed,
}: ManyProcessesOptions): Promise<void> {
  const first = createStorage({ ...storage, migrate: true });
  await first.open();
  const outcomes = await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const killAfter = index < killed ? Math.ceil((eventsEach * (index + 1)) / (killed + 1)) : null;
      return runProcess(storage, `p${index}`, eventsEach, killAfter);
    }),
  );
  try {
    expect(outcomes.filter(({ wasKilled }) => !wasKilled).map(({ exit }) => exit)).toEqual(
      Array.from({ length: processes - killed }, () => 'code 0'),
    );
    const acknowledged = outcomes.flatMap((outcome) => outcome.acknowledged);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);

    const head = await first.ledger.readHead();
    const seen = new Set<string>();
    const resources = new Set<string>();
    let expectedIndex = 0;
    while (expectedIndex < head.size) {
      const rows = await first.ledger.readRange(expectedIndex, 1000);
      if (rows.length === 0) break;
      for (const row of rows) {
        expect(row.logIndex).toBe(expectedIndex++);
        seen.add(row.eventId);
        if (row.action === 'fault.append') {
          const key = `${row.resourceType} ${row.resourceId}`;
          expect(resources.has(key)).toBe(false);
          resources.add(key);
        }
      }
    }
    expect(expectedIndex).toBe(head.size);
    expect(seen.size).toBe(head.size);
    expect(acknowledged.filter((id) => !seen.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual((processes - killed) * eventsEach);

    const result = await new Verifier(first.ledger).verify();
    expect(result.findings).toEqual([]);
    expect(result.valid).toBe(true);
  } finally {
    await first.close();
  }
}

function runProcess(
  storage: StorageOptions,
  prefix: string,
  count: number,
  killAfter: number | null,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-acknowledged-'));
    const file = join(folder, prefix);
    const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
      SCRIPT,
      JSON.stringify({ ...storage, migrate: false }),
      prefix,
      String(count),
      file,
    ]);
    let progress = 0;
    let wasKilled = false;
    child.stdout.on('data', (chunk: Buffer) => {
      progress += chunk.length;
      if (killAfter !== null && !wasKilled && progress >= killAfter) wasKilled = child.kill('SIGKILL');
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      // A line that the kill cut off was not acknowledged.
      const acknowledged = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      rmSync(folder, { recursive: true });
      resolve({ acknowledged, wasKilled, exit: code === 0 ? 'code 0' : `${signal ?? code} ${errors.slice(-500)}` });
    });
  });
}
