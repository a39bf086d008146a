import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CompactRange } from '../../ledger/merkle/index.js';
import type { Finding } from '../verifier/finding.interface.js';
import { LogProbe } from '../verifier/log-probe.js';
import { LogReader } from '../verifier/log-reader.js';
import { join, LogTree, UNIT_SIZE } from '../verifier/log-tree.js';
import { LogWalk } from '../verifier/log-walk.js';
import { RowChecker } from '../verifier/row-checker.js';
import { SignatureChecker } from '../verifier/signature-checker.js';
import type { TrustedEventKey } from '../verifier/signature-checker.js';
import { StreamChains } from '../verifier/stream-chains.js';
import type { VerifiableLog } from '../verifier/verifiable-log.port.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';
import type { ClaimComparison } from './claim-comparison.js';
import type { VerifiedPrefix } from './verifier-state.js';

export interface UnitPassOptions {
  readonly log: VerifiableLog;
  /** What was found to be right before; nothing beyond it is read. */
  readonly verified: VerifiedPrefix;
  readonly eventKeys?: readonly TrustedEventKey[];
  readonly comparison: ClaimComparison;
  readonly pageSize: number;
  readonly signal?: AbortSignal;
  readonly report: (finding: Finding) => void;
  readonly onProgress?: (records: number) => void;
}

/** Number of units of a log: complete ones and what is behind them. */
export function countUnits(size: number): number {
  return Math.ceil(size / UNIT_SIZE);
}

/**
 * Reads a part of the log again that was verified before, and compares it with what is remembered: its records must
 * hash to the same root. An old record that was edited in place is found here.
 */
export class UnitPass {
  private readonly reader: LogReader;

  constructor(private readonly options: UnitPassOptions) {
    const probe = new LogProbe(options.log);
    this.reader = new LogReader({
      read: (from, limit) => options.log.readRange(from, limit),
      locate: (from) => probe.locate(from),
      maxRows: options.pageSize,
    });
  }

  /**
   * @param unit which part
   * @param claims claims about sizes that end in it, in order of size
   * @returns what is wrong with the part as a whole, if no single record says it
   */
  async run(unit: number, claims: readonly CheckpointClaim[]): Promise<Finding | null> {
    const { verified, comparison } = this.options;
    const from = unit * UNIT_SIZE;
    const to = Math.min(from + UNIT_SIZE, verified.size);
    const tree = new LogTree();
    let found = 0;
    const report = (finding: Finding) => {
      found++;
      this.options.report(finding);
    };
    const roots = new Map<number, string>();
    const before = claims.length > 0 ? this.rangeBefore(from) : null;
    const sizes = new Set(claims.map(({ size }) => size));
    const walk = this.createWalk(from, tree, report, (size) => {
      if (before && sizes.has(size)) roots.set(size, join(before, tree.range()).root().toString('hex'));
    });
    for await (const page of this.reader.pages(from, to)) {
      this.options.signal?.throwIfAborted();
      await walk.walk(page);
      this.options.onProgress?.(page.rows.length);
      await nextTurn();
    }
    if (walk.position < to) walk.reportMissing(to, 'missing', `There is no record from ${walk.position} to ${to - 1}.`);
    if (!walk.tree) return null;
    const present = tree.root();
    const expected = expectedRoot(verified, unit, to - from);
    if (present === expected) {
      comparison.beginStretch(null);
      for (const [size, root] of roots)
        comparison.compare(
          claims.filter((claim) => claim.size === size),
          root,
        );
      return null;
    }
    return found > 0 ? null : unitDiffers(narrow(from, to, claims, roots), expected, present);
  }

  private createWalk(
    from: number,
    tree: LogTree,
    report: (finding: Finding) => void,
    onSize: (size: number) => void,
  ): LogWalk {
    const { verified, eventKeys } = this.options;
    const walk: LogWalk = new LogWalk({
      from,
      rows: new RowChecker(verified.algorithm, new SignatureChecker(eventKeys), report),
      chains: new StreamChains({
        start: from === 0 ? [] : undefined,
        report,
        // The unit's own root tells whether it was a change of order.
        revise: () => undefined,
      }),
      tree,
      contiguous: true,
      report,
      onRow: ({ index }) => {
        if (walk.tree) onSize(index + 1);
      },
    });
    return walk;
  }

  private rangeBefore(from: number): CompactRange {
    const { units } = this.options.verified;
    const before = units.slice(0, from / UNIT_SIZE).map((root) => Buffer.from(root, 'hex'));
    return LogTree.restore(from, before, []).range();
  }
}

/** The stretch in which the records begin to be others, as far as signed sizes inside the unit tell. */
function narrow(
  from: number,
  to: number,
  claims: readonly CheckpointClaim[],
  roots: ReadonlyMap<number, string>,
): { from: number; until: number } {
  let start = from;
  for (const { size, root } of claims) {
    if (roots.get(size) !== root) return { from: start, until: size };
    start = size;
  }
  return { from: start, until: to };
}

function expectedRoot({ units, tail }: VerifiedPrefix, unit: number, size: number): string {
  return unit < units.length
    ? units[unit]
    : LogTree.restore(
        size,
        [],
        tail.map((hash) => Buffer.from(hash, 'hex')),
      ).root();
}

function unitDiffers({ from, until }: { from: number; until: number }, expected: string, found: string): Finding {
  return {
    class: 'rewritten',
    reason: 'root_mismatch',
    index: from,
    until,
    eventId: null,
    expected,
    found,
    message:
      `The records ${from} to ${until - 1} fit together, but they are not those that were verified before: at least one ` +
      'of them was replaced together with its hashes.',
  };
}
