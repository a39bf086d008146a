import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainAlgorithm } from '../../event/audit-record.interface.js';
import { isDiscarded } from '../../ledger/discarded-event.js';
import type { LogHead, StoredEvent, StreamHead } from '../../ledger/ledger-store.port.js';
import { DiscardedRows, unexpectedDiscard } from './discarded-rows.js';
import type { FindingList } from './finding-list.js';
import type { Finding } from './finding.interface.js';
import { wrongSize } from './head-checker.js';
import { HeadReader } from './head-reader.js';
import { algorithmOf } from './log-algorithm.js';
import { LogProbe } from './log-probe.js';
import { endOf, LogReader } from './log-reader.js';
import type { LogTree } from './log-tree.js';
import { LogSettlement } from './log-settlement.js';
import { LogWalk } from './log-walk.js';
import { RowChecker } from './row-checker.js';
import type { CheckedRow } from './row-checker.js';
import { SignatureChecker } from './signature-checker.js';
import { StreamChains } from './stream-chains.js';
import { describeUnchecked } from './unchecked.js';
import type { VerifiableLog } from './verifiable-log.port.js';
import type { VerificationSummary, VerifyOptions } from './verification-result.interface.js';
import type { VerifierSettings } from './verifier.js';

const DEFAULT_PAGE = 500;
const SAMPLE = 16;
/** Behind a jump in a sequence, so many records may tell whether some are missing or only in another place. */
const LOOK_AHEAD = 10_000;

/** What is known of the log in front of the first record that is read. */
export interface RunStart {
  /** The Merkle tree; null when it is not known, so that the root cannot be checked. It is extended. */
  readonly tree: LogTree | null;
  /** Heads of all streams; undefined when they are not known. */
  readonly streams: readonly StreamHead[] | undefined;
  readonly algorithm?: ChainAlgorithm;
  /** `occurredAt` of the log's first record. */
  readonly createdAt?: string;
}

/** Where a run stands, so that another can start there. */
export interface ReachedPoint {
  readonly tree: LogTree;
  readonly algorithm: ChainAlgorithm;
  readonly streams: readonly StreamHead[];
  /** Null while the log is empty, or when its first record is not what it was. */
  readonly createdAt: string | null;
}

/** Who wants to know of the records on the way. */
export interface RunHooks {
  /** Before the records [from, to) are checked. */
  beforePage?(from: number, to: number): Promise<void>;
  /** After a record became part of the tree, which is null once it cannot be known any more. */
  onRow?(row: CheckedRow, tree: LogTree | null): void;
  /** After a page was checked. */
  afterPage?(position: number): Promise<void>;
}

export type RunSummary = Omit<VerificationSummary, 'findings' | 'totalFindings'>;

/** One verification of a log from `from` to its end, or as far as asked. */
export class VerificationRun {
  private readonly begin = performance.now();
  private readonly heads: HeadReader;
  private readonly probe: LogProbe;
  private readonly reader: LogReader;
  private readonly chains: StreamChains;
  private readonly discarded: DiscardedRows;
  private readonly from: number;
  private readonly report = (finding: Finding): void => this.take(finding);
  private walk: LogWalk | null = null;
  private watch: ((row: CheckedRow) => void) | null = null;
  private algorithm: ChainAlgorithm = 'sha256';
  private total = 0;
  private firstFindingAt = Infinity;

  constructor(
    private readonly log: VerifiableLog,
    private readonly settings: VerifierSettings,
    private readonly options: VerifyOptions,
    private readonly start: RunStart,
    private readonly findings: FindingList,
    private readonly hooks: RunHooks = {},
  ) {
    const { stream, from = 0, pageSize = DEFAULT_PAGE } = options;
    this.from = from;
    this.heads = new HeadReader(log, this.report);
    this.probe = new LogProbe(log);
    this.reader = new LogReader({
      read:
        stream === undefined
          ? (first, limit) => log.readRange(first, limit)
          : (first, limit) =>
              log.findPage({ stream, direction: 'ascending', after: first - 1, limit, discarded: true }),
      locate: (first) => this.probe.locate(first),
      maxRows: pageSize,
    });
    const { acknowledged } = settings;
    this.discarded = new DiscardedRows({ acknowledged, readHead: () => this.heads.read(), report: this.report });
    this.chains = new StreamChains({
      start: start.streams,
      report: this.report,
      revise: (before, after) => this.findings.replace(before, after),
    });
  }

  async run(): Promise<RunSummary> {
    const { stream, to = Infinity, limit = Infinity } = this.options;
    try {
      let head = await this.heads.read();
      const size = head?.size ?? Infinity;
      this.discarded.begin(head);
      unexpectedDiscard(head, this.settings.discardedBelow ?? Infinity).forEach(this.report);
      const end = Math.min(to, this.from + limit);
      const whole = this.start.tree !== null && end >= size;
      const complete = stream === undefined ? whole : end >= size;
      const continued = this.start.tree !== null;
      const unchecked = describeUnchecked(this.options, this.settings, { head, complete, continued });

      await this.advance(Math.min(end, size), head);
      if (!this.enough) {
        if (stream !== undefined && end >= size) await this.settleStream(stream);
        else if (stream === undefined && whole && head) head = await this.settlement().settle(this.heads.correct(head));
      }
      return this.summary(head, [...unchecked, ...this.uncheckedContent()]);
    } finally {
      await this.reader.drop();
    }
  }

  /** How far the run has got; null before it has read anything, or once a record is not known. */
  get reached(): ReachedPoint | null {
    const { walk } = this;
    if (!walk?.tree) return null;
    return {
      tree: walk.tree,
      algorithm: this.algorithm,
      streams: this.chains.heads(),
      createdAt: this.start.createdAt ?? walk.firstOccurredAt,
    };
  }

  private get enough(): boolean {
    if ((this.options.all ?? true) || this.findings.total === 0) return false;
    return !this.chains.undecided || this.position - this.firstFindingAt > LOOK_AHEAD;
  }

  private get position(): number {
    return this.walk?.position ?? this.from;
  }

  private take(finding: Finding): void {
    if (this.findings.total === 0) this.firstFindingAt = finding.index ?? this.position;
    this.findings.add(finding);
  }

  /** Checks the records up to `to`; the head, if one is given, says whether all of them must be there. */
  private async advance(to: number, head: LogHead | null): Promise<void> {
    this.total = Number.isFinite(to) ? to - this.from : this.total;
    for await (const page of this.reader.pages(this.position, to)) {
      this.options.signal?.throwIfAborted();
      this.walk ??= this.createWalk(await this.sample(page.rows));
      await this.hooks.beforePage?.(this.walk.position, endOf(page));
      await this.walk.walk(page);
      await this.discarded.settle();
      await this.hooks.afterPage?.(this.walk.position);
      this.progress();
      if (this.enough) return;
      // The store may answer without waiting; the application's requests must not.
      await nextTurn();
    }
    this.walk ??= this.createWalk([]);
    if (head && this.options.stream === undefined) await this.checkEnd(to, head, this.walk);
  }

  /** Records that tell how the log is hashed: the first that have their content. */
  private async sample(rows: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const present = rows.filter((row) => !isDiscarded(row));
    if (present.length > 0 || rows.length === 0) return present;
    return this.log.findPage({ direction: 'ascending', limit: SAMPLE, after: rows[rows.length - 1].logIndex });
  }

  private uncheckedContent(): string[] {
    const { count } = this.discarded;
    if (count === 0) return [];
    const receipts = this.settings.acknowledged ? 'its receipts say' : 'the log says; receipts were not looked at';
    return [
      `the content of ${count} records, discarded here after delivery, as ${receipts}: their hashes are part of the tree, ` +
        'so what a destination keeps of them can be compared',
    ];
  }

  private createWalk(sample: readonly StoredEvent[]): LogWalk {
    const signatures = new SignatureChecker(this.settings.eventKeys);
    this.algorithm = this.start.algorithm ?? algorithmOf(sample);
    const walk: LogWalk = new LogWalk({
      from: this.from,
      rows: new RowChecker(this.algorithm, signatures, this.report, this.log.partialSections),
      chains: this.chains,
      tree: this.start.tree,
      contiguous: this.options.stream === undefined,
      report: this.report,
      onRow: (row) => {
        this.watch?.(row);
        this.discarded.take(row);
        this.hooks.onRow?.(row, walk.tree);
      },
    });
    return walk;
  }

  /** Whether the records go as far as they must: if not, they are cut off, unless there are others behind. */
  private async checkEnd(to: number, head: LogHead, walk: LogWalk): Promise<void> {
    if (to === head.size && walk.tree) {
      const size = await this.probe.sizeOfRoot(head, walk.tree.range());
      if (size !== null && size !== head.size) {
        this.report(wrongSize(head, size));
        this.heads.setCorrection(head, size);
        if (size > walk.position) await this.advance(size, null);
        return;
      }
    }
    if (walk.position >= to) return;
    const cut = to === head.size && (await this.probe.highest()) < walk.position;
    walk.reportMissing(
      to,
      cut ? 'truncated' : 'missing',
      cut
        ? `The head counts ${head.size} records; the log ends behind ${walk.position} of them.`
        : `There is no record from ${walk.position} to ${to - 1}.`,
    );
  }

  private async settleStream(stream: string): Promise<void> {
    if (this.from === 0 || this.chains.has(stream)) await this.settlement().settleStream(stream);
  }

  private settlement(): LogSettlement {
    const { log, settings, heads, probe, chains, report } = this;
    return new LogSettlement({
      log,
      settings,
      heads,
      probe,
      chains,
      createdAt: this.start.createdAt,
      report,
      walk: () => this.walk as LogWalk,
      advance: (to, head) => this.advance(to, head),
      watch: (follow) => void (this.watch = follow),
      enough: () => this.enough,
    });
  }

  private progress(): void {
    const checked = this.walk?.checked ?? 0;
    this.options.onProgress?.({ checked, total: Math.max(this.total, checked), findings: this.findings.total });
  }

  private summary(head: LogHead | null, unchecked: readonly string[]): RunSummary {
    this.progress();
    const walk = this.walk as LogWalk;
    return {
      totalEvents: walk.checked,
      discarded: this.discarded.count,
      lastHash: walk.lastHash,
      size: head?.size ?? null,
      root: walk.tree?.root() ?? null,
      from: this.from,
      to: walk.position,
      durationMs: Math.round(performance.now() - this.begin),
      unchecked,
    };
  }
}
