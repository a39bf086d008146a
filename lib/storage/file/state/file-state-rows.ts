import { readFile } from 'node:fs/promises';
import type { StateRows } from '../../../verification/history/state-rows.port.js';
import { toStoreError } from '../io/to-store-error.js';
import { Turns } from '../io/turns.js';
import { writeAtomically } from '../io/write-atomically.js';
import type { WriteAccess } from '../write-access.js';

/** Texts under names as JSON in one file. */
export class FileStateRows implements StateRows {
  private readonly turns = new Turns();

  constructor(
    private readonly path: string,
    private readonly access: WriteAccess,
  ) {}

  async read(name: string): Promise<string | null> {
    return (await this.turns.take(() => this.load())).get(name) ?? null;
  }

  write(name: string, value: string): Promise<void> {
    return this.turns.take(async () => {
      this.access.assertWritable();
      const values = (await this.load()).set(name, value);
      try {
        await writeAtomically(this.path, `${JSON.stringify([...values])}\n`);
      } catch (error) {
        throw toStoreError(error, this.path, 'written');
      }
    });
  }

  private async load(): Promise<Map<string, string>> {
    try {
      return new Map(JSON.parse(await readFile(this.path, 'utf8')) as [string, string][]);
    } catch (error) {
      // What somebody has spoilt says nothing; whoever wrote it finds out again.
      if (error instanceof SyntaxError || error instanceof TypeError) return new Map();
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw toStoreError(error, this.path, 'read');
    }
  }
}
