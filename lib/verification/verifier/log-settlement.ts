import type { LogHead, StreamHead } from '../../ledger/ledger-store.port.js';
import type { Finding } from './finding.interface.js';
import { checkHeadCreated, checkHeadOrigin, checkHeadRoot, shrunkHead, uncountedRecord } from './head-checker.js';
import type { HeadReader } from './head-reader.js';
import type { LogProbe } from './log-probe.js';
import { isAboutRow } from './log-reader.js';
import type { LogWalk } from './log-walk.js';
import type { CheckedRow } from './row-checker.js';
import type { StreamChains } from './stream-chains.js';
import { compareStreams } from './stream-heads.js';
import type { VerifiableLog } from './verifiable-log.port.js';
import type { VerifierSettings } from './verifier.js';

/** Records that no head counts are named one by one up to here. */
const MAX_UNCOUNTED = 100;

/** The run whose records are compared. */
export interface SettlingRun {
  readonly log: VerifiableLog;
  readonly settings: VerifierSettings;
  readonly heads: HeadReader;
  readonly probe: LogProbe;
  readonly chains: StreamChains;
  /** `occurredAt` of the log's first record, if that was not read by this run. */
  readonly createdAt: string | undefined;
  readonly report: (finding: Finding) => void;
  /** The walk over the records, once it has begun. */
  walk(): LogWalk;
  /** Checks further records up to `to`. */
  advance(to: number, head: LogHead | null): Promise<void>;
  /** Is told of each further record; null ends that. */
  watch(follow: ((row: CheckedRow) => void) | null): void;
  /** Whether nothing more needs to be found. */
  enough(): boolean;
}

/**
 * Compares the records with the rows that tell of all of them. Others may append meanwhile, so the order of reading
 * counts: the streams are read between two heads and must be as they were at some record in between.
 */
export class LogSettlement {
  constructor(private readonly run: SettlingRun) {}

  /** @returns the last head that was read; null if it is gone */
  async settle(first: LogHead): Promise<LogHead | null> {
    const { run } = this;
    await this.checkHead(first);
    const before = await this.catchUp(first);
    if (!before || run.enough()) return before;
    const rows = await this.readStreams();
    const streams = rows && compareStreams(run.chains, rows);
    run.watch(({ stream }) => streams?.follow(stream));
    const after = await this.catchUp(before);
    run.watch(null);
    streams?.findings().forEach(run.report);
    await this.checkBeyond();
    return after;
  }

  /** The row of one stream, in the same way. */
  async settleStream(stream: string): Promise<void> {
    const { run } = this;
    const rows = await this.readStreams([stream]);
    if (!rows) return;
    const streams = compareStreams(run.chains, rows, stream);
    run.watch((row) => streams.follow(row.stream));
    const head = await run.heads.read();
    if (head) await run.advance(head.size, null);
    run.watch(null);
    streams.findings().forEach(run.report);
  }

  /** @returns null when a row cannot be read, which is reported */
  private async readStreams(names?: readonly string[]): Promise<StreamHead[] | null> {
    const { log, report } = this.run;
    try {
      return await log.readStreams(names);
    } catch (error) {
      if (!isAboutRow(error)) throw error;
      report({
        class: 'malformed',
        reason: 'malformed',
        index: null,
        eventId: null,
        column: 'audit_stream',
        expected: null,
        found: null,
        message: `A row of audit_stream cannot be read: ${(error as Error).message}`,
      });
      return null;
    }
  }

  /** Checks what was appended since, and the head that counts it. */
  private async catchUp(known: LogHead): Promise<LogHead | null> {
    const { run } = this;
    const head = await run.heads.read();
    if (!head) return null;
    if (head.size < known.size) {
      run.report(shrunkHead(head, known.size));
      return head;
    }
    if (head.size > known.size) await run.advance(head.size, head);
    if (head.size > known.size || head.root !== known.root) await this.checkHead(head);
    return head;
  }

  private async checkHead(head: LogHead): Promise<void> {
    const { createdAt, report, settings, walk } = this.run;
    const { tree, firstOccurredAt } = walk();
    if (tree?.size === head.size) {
      for (const finding of checkHeadRoot(head, tree.range())) {
        report(settings.locator ? await settings.locator.refine(finding) : finding);
      }
    }
    checkHeadCreated(head, createdAt ?? firstOccurredAt).forEach(report);
    checkHeadOrigin(head, settings.origin).forEach(report);
  }

  /** Records that no head counts. A head that is read after them counts every record that was sealed before. */
  private async checkBeyond(): Promise<void> {
    const { log, heads, probe, report } = this.run;
    const highest = await probe.highest();
    const lowest = await probe.lowest();
    const head = await heads.read();
    if (!head) return;
    // Where neither edge can be read, the rows may all be at the upper one.
    if (lowest < 0 && !(lowest === -Infinity && highest === Infinity)) {
      report(uncountedRecord(Math.max(lowest, Number.MIN_SAFE_INTEGER), head, null));
    }
    if (highest < head.size) return;
    if (highest === Infinity) report(uncountedRecord(head.size, head, null));
    else {
      for (const { logIndex, eventId } of await log.readRange(head.size, MAX_UNCOUNTED)) {
        if (logIndex <= highest) report(uncountedRecord(logIndex, head, eventId));
      }
    }
  }
}
