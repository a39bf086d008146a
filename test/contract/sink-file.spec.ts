import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSink } from '../../lib/delivery/lines/file.sink.js';
import { describeSinkContract } from './sink.contract.js';
import type { SinkDestination } from './sink.contract.js';

async function start(): Promise<SinkDestination> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-file-sink-'));
  const path = join(folder, 'deep', 'audit.jsonl');
  const kept = join(folder, 'kept.jsonl');
  let isAway = false;
  const takeAway = (): void => {
    mkdirSync(join(folder, 'deep'), { recursive: true });
    try {
      renameSync(path, kept);
    } catch {
      // nothing was written yet
    }
    isAway = true;
  };
  return {
    sink: ({ impatient: _, ...options }) => new FileSink({ path, ...options }),
    arrivals: () =>
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((bytes) => ({ eventId: (JSON.parse(bytes) as { record: { id: string } }).record.id, bytes })),
    fail: (fault) => {
      takeAway();
      if (fault === 'disk full') symlinkSync('/dev/full', path);
      else mkdirSync(path);
    },
    heal: () => {
      if (!isAway) return;
      rmSync(path, { recursive: true });
      try {
        renameSync(kept, path);
      } catch {
        // nothing was written yet
      }
      isAway = false;
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

describeSinkContract({ name: 'file', start, passing: ['disk full'], silent: [], refusing: ['the path is a folder'] });
