import { formatTimestamp } from '../../event/timestamp.js';
import type { LogHead } from '../../ledger/ledger-store.port.js';
import { MissingHeadError } from '../../ledger/missing-head.error.js';
import { FindingList } from '../verifier/finding-list.js';
import type { Finding } from '../verifier/finding.interface.js';
import { isAboutRow } from '../verifier/log-reader.js';
import { LogTree } from '../verifier/log-tree.js';
import { toResult } from '../verifier/to-result.js';
import { VerificationRun } from '../verifier/verification-run.js';
import type { RunSummary } from '../verifier/verification-run.js';
import type { AuditVerdict, AuditVerifyOptions } from './audit-verdict.interface.js';
import type { AuditVerifierSettings } from './audit-verifier.js';
import { ClaimComparison } from './claim-comparison.js';
import { ClaimSource } from './claim-source.js';
import { ClaimWindow } from './claim-window.js';
import { exitCodeOf, verdictOf } from './exit-code.js';
import { judgeHistory } from './judge-history.js';
import { RewriteLocator } from './rewrite-locator.js';
import { RollingPass } from './rolling-pass.js';
import { checkStaleness } from './staleness.js';
import { describeUncheckedHistory } from './unchecked-history.js';
import { prefixClaim, VerifierMemory } from './verifier-memory.js';
import { treeOf } from './verifier-state.js';
import type { VerifiedPrefix } from './verifier-state.js';

const DEFAULTS = { mode: 'incremental', rolling: 30, maxFindings: 100, pageSize: 500, saveEvery: 50_000 } as const;

/** One run of an {@link AuditVerifier}. */
export class AuditRun {
  private readonly begin = performance.now();
  private readonly options: AuditVerifyOptions & Required<Pick<AuditVerifyOptions, keyof typeof DEFAULTS>>;
  private readonly findings: FindingList;
  private readonly comparison = new ClaimComparison();
  private readonly claims: ClaimSource | null;
  private readonly memory: VerifierMemory;
  private readonly locator: RewriteLocator;
  private readonly report = (finding: Finding): void => this.findings.add(finding);
  private reread = 0;
  private incomparable = 0;

  constructor(
    private readonly settings: AuditVerifierSettings,
    options: AuditVerifyOptions,
  ) {
    const { trust, checkpoints, anchors = [], archives = [], log } = settings;
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.options = { ...DEFAULTS, ...(Object.fromEntries(given) as AuditVerifyOptions) };
    this.findings = new FindingList(this.options.maxFindings);
    this.claims = trust ? new ClaimSource({ trust, checkpoints, anchors, report: this.report }) : null;
    this.memory = new VerifierMemory(settings.state, trust?.origin ?? '');
    this.locator = new RewriteLocator(log, archives);
  }

  async run(): Promise<AuditVerdict> {
    const { mode, rolling } = this.options;
    const state = await this.memory.load();
    // Whoever can rewrite the log could say there that all of it has been read.
    const unfinished = this.settings.state?.insideDatabase ? null : state.full;
    const remembered = mode === 'full' ? unfinished : state.verified;
    const head = await this.readHead();
    // A log that is shorter than what is remembered is read from the start: what is there may be right in itself.
    const shorter = head !== null && remembered !== null && head.size < remembered.size;
    const base = remembered && remembered.size > 0 && !shorter ? remembered : null;

    const run = this.createRun(base);
    const summary = await run.run();
    const rolled = base && mode === 'incremental' ? await this.readAgain(base, rolling) : null;
    await this.judge(summary);
    const good = this.findings.total === 0;
    if (good) await this.checkStale(summary);
    const verdict = this.verdict(summary, base);
    const { verdict: word, exitCode, size, totalFindings } = verdict;
    await this.memory.finish({
      good,
      reached: run.reached,
      comparison: this.comparison,
      nextUnit: rolled ?? state.nextUnit,
      lastRun: { at: formatTimestamp(this.now()), verdict: word, exitCode, size, findings: totalFindings },
    });
    return verdict;
  }

  /** Reads what was not read before, or everything, and compares it with itself and with what is known of it. */
  private createRun(base: VerifiedPrefix | null): VerificationRun {
    const { log, trust, acknowledged, discardedBelow } = this.settings;
    const { mode, pageSize, saveEvery, signal, onProgress } = this.options;
    const window = new ClaimWindow(this.claims, this.memory.claims, this.comparison);
    this.comparison.beginStretch(base && (this.memory.checkpointAt(base) ?? prefixClaim(base)));
    let saved = base?.size ?? 0;
    const run: VerificationRun = new VerificationRun(
      log,
      { origin: trust?.origin, eventKeys: trust?.eventKeys, acknowledged, discardedBelow, locator: this.locator },
      { from: base?.size ?? 0, pageSize, signal, onProgress },
      {
        tree: base ? treeOf(base) : new LogTree(),
        streams: base?.streams ?? [],
        algorithm: base?.algorithm,
        createdAt: base?.createdAt,
      },
      this.findings,
      {
        beforePage: (from, to) => window.open(from, to),
        onRow: ({ index }, tree) => window.pass(index + 1, tree),
        afterPage: async (position) => {
          window.close();
          this.incomparable = window.incomparable;
          const good = this.findings.total === 0 && this.comparison.contradicted.length === 0;
          if (position - saved < saveEvery || !good) return;
          saved = position;
          await this.memory.save(mode, run.reached, this.comparison);
        },
      },
    );
    return run;
  }

  /** @returns the unit to go on with next time */
  private async readAgain(base: VerifiedPrefix, rolling: number): Promise<number> {
    const { log, trust } = this.settings;
    const { signal, pageSize } = this.options;
    const { comparison, report } = this;
    const onProgress = (records: number) => (this.reread += records);
    const pass = new RollingPass({
      claims: this.claims,
      unit: { log, verified: base, eventKeys: trust?.eventKeys, comparison, pageSize, signal, report, onProgress },
    });
    const { findings, nextUnit } = await pass.run(this.memory.state, rolling);
    for (const finding of findings) this.report(await this.locator.refine(finding));
    return nextUnit;
  }

  /** Compares with what is known of a longer log, and finds one word for what happened to the log as a whole. */
  private async judge({ size }: RunSummary): Promise<void> {
    if (size === null) return;
    // A head that is read after a checkpoint counts what the checkpoint counts.
    const claims = [...this.memory.claims, ...((await this.claims?.beyond(size)) ?? [])];
    const lost = await this.lostCheckpoints();
    const head = await this.readHead();
    if (!head) return;
    const findings = judgeHistory({
      size: head.size,
      comparison: this.comparison,
      beyond: claims.filter((claim) => claim.size > head.size).sort((a, b) => a.size - b.size),
      lost: lost.filter((at) => at <= head.size),
      databaseTells: this.settings.checkpoints !== undefined,
      sound: this.findings.total === 0,
    });
    for (const finding of findings) {
      this.report(finding.class === 'rewritten' ? await this.locator.refine(finding) : finding);
    }
  }

  private async lostCheckpoints(): Promise<number[]> {
    const lost = new Set(this.claims?.lost);
    const known = this.memory.checkpointClaim;
    if (known && this.claims && !(await this.claims.isInDatabase(known.size))) lost.add(known.size);
    return [...lost].sort((a, b) => a - b);
  }

  private async checkStale({ size }: RunSummary): Promise<void> {
    const { log, trust, anchors, staleAfterMs } = this.settings;
    if (staleAfterMs === undefined || !trust || !size) return;
    const covered = anchors?.length
      ? this.memory.anchoredSize(this.comparison)
      : (this.comparison.newestAgreed?.size ?? 0);
    (await checkStaleness({ log, size, covered, staleAfterMs, now: this.now() })).forEach(this.report);
  }

  private async readHead(): Promise<LogHead | null> {
    try {
      return await this.settings.log.readHead();
    } catch (error) {
      // The run itself reports it.
      if (error instanceof MissingHeadError || isAboutRow(error)) return null;
      throw error;
    }
  }

  private now(): number {
    return this.settings.now?.() ?? Date.now();
  }

  private verdict(summary: RunSummary, base: VerifiedPrefix | null): AuditVerdict {
    const { reread, incomparable, comparison } = this;
    const { other } = this.memory;
    const unchecked = describeUncheckedHistory(this.settings, { base, reread, incomparable, other });
    const result = toResult(
      {
        ...summary,
        totalEvents: summary.totalEvents + reread,
        durationMs: Math.round(performance.now() - this.begin),
        unchecked: [...unchecked, ...summary.unchecked],
      },
      this.findings,
    );
    const newest = comparison.newestAgreed;
    return {
      ...result,
      verdict: verdictOf(result.findings),
      exitCode: exitCodeOf(result.findings),
      mode: this.options.mode,
      newEvents: summary.totalEvents,
      rereadEvents: reread,
      checkpointsCompared: comparison.compared,
      checkpoint: newest && { size: newest.size, root: newest.root, note: newest.note },
    };
  }
}
