import type { StateRows } from '../../verification/history/state-rows.port.js';

/** Texts that end with the process. */
export class MemoryStateRows implements StateRows {
  private readonly values = new Map<string, string>();

  async read(name: string): Promise<string | null> {
    return this.values.get(name) ?? null;
  }

  async write(name: string, value: string): Promise<void> {
    this.values.set(name, value);
  }
}
