import type { StateRows } from './state-rows.port.js';
import type { VerifierStateStore } from './verifier-state-store.port.js';

const NAME = 'verifier';

/**
 * Keeps it in the log's own database, for want of a better place. Whoever can rewrite the log there can rewrite what was
 * remembered of it, so only signed checkpoints protect the old part of the log then.
 *
 * @publicApi
 */
export class RowVerifierStateStore implements VerifierStateStore {
  readonly name = 'in audit_state';
  readonly insideDatabase = true;

  constructor(private readonly rows: StateRows) {}

  read(): Promise<string | null> {
    return this.rows.read(NAME);
  }

  write(text: string): Promise<void> {
    return this.rows.write(NAME, text);
  }
}
