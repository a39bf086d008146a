import type { LogHead } from '../../ledger/ledger-store.port.js';
import { MissingHeadError } from '../../ledger/missing-head.error.js';
import type { Finding } from './finding.interface.js';
import { isAboutRow } from './log-reader.js';
import type { VerifiableLog } from './verifiable-log.port.js';

/** Reads the log's head, again and again, as it should be where it is known to be wrong. */
export class HeadReader {
  private reported = false;
  private correction: { readonly counted: number; readonly root: string; readonly size: number } | null = null;

  constructor(
    private readonly log: Pick<VerifiableLog, 'readHead'>,
    private readonly report: (finding: Finding) => void,
  ) {}

  /** @returns null when there is none that can be read, which is reported once */
  async read(): Promise<LogHead | null> {
    try {
      return this.correct(await this.log.readHead());
    } catch (error) {
      const gone = error instanceof MissingHeadError;
      if (!gone && !isAboutRow(error)) throw error;
      if (!this.reported) this.reportUnreadable(gone ? 'missing' : 'malformed', error as Error);
      this.reported = true;
      return null;
    }
  }

  /** From now on a head that counts as many with that root is taken to count `size`. */
  setCorrection({ size: counted, root }: LogHead, size: number): void {
    this.correction = { counted, root, size };
  }

  correct(head: LogHead): LogHead {
    const { correction } = this;
    if (!correction || head.size !== correction.counted || head.root !== correction.root) return head;
    return { ...head, size: correction.size };
  }

  private reportUnreadable(kind: 'missing' | 'malformed', { message }: Error): void {
    this.report({
      class: kind,
      reason: kind,
      index: null,
      eventId: null,
      column: 'audit_head',
      expected: null,
      found: null,
      message,
    });
  }
}
