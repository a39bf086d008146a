import type { Anchor } from '../anchors/anchor.port.js';
import type { CheckpointStore, StoredCheckpoint } from '../checkpoints/checkpoint-store.port.js';
import { readCheckpoint } from '../trust/read-checkpoint.js';
import type { Trust } from '../trust/trust.interface.js';
import { display } from '../verifier/display.js';
import type { Finding } from '../verifier/finding.interface.js';
import { isAboutRow } from '../verifier/log-reader.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';

export interface ClaimSourceOptions {
  readonly trust: Trust;
  /** The log's own copies. */
  readonly checkpoints?: Pick<CheckpointStore, 'list'>;
  readonly anchors: readonly Anchor[];
  /** Told of notes that cannot be believed and rows that do not say what their note says. */
  readonly report: (finding: Finding) => void;
}

const PAGE = 500;
/** Checkpoints of sizes that the log does not have: the largest of each source are evidence enough. */
const MAX_BEYOND = 10;
const MAX_LOST = 1000;

/** Collects signed checkpoints from the database and from the anchors, in the order of their sizes. */
export class ClaimSource {
  /** Sizes of checkpoints that anchors keep and the database does not, smallest first; the first {@link MAX_LOST}. */
  readonly lost: number[] = [];
  private readonly anchored = new Map<Anchor, Promise<number[]>>();
  private readable = true;

  constructor(private readonly options: ClaimSourceOptions) {}

  /** Claims about more than `after` and at most `to` records. */
  async between(after: number, to: number): Promise<CheckpointClaim[]> {
    // Anchors first: a checkpoint is in the database before an anchor gets it.
    const anchored = await this.fromAnchors(after + 1, to, Infinity);
    const stored = await this.fromDatabase(after, to);
    if (this.options.checkpoints && this.readable) this.noteLost(anchored, stored.sizes);
    return [...anchored, ...stored.claims].sort((a, b) => a.size - b.size);
  }

  /** The claims about the most records beyond `size`. */
  async beyond(size: number): Promise<CheckpointClaim[]> {
    const anchored = await this.fromAnchors(size + 1, Infinity, MAX_BEYOND);
    const rows = await this.list(size + 1, undefined, 'descending', MAX_BEYOND);
    return [...anchored, ...rows.flatMap((row) => this.claimOf(row) ?? [])].sort((a, b) => a.size - b.size);
  }

  /** Whether the database has a checkpoint of that size; true when it keeps none or cannot be asked. */
  async isInDatabase(size: number): Promise<boolean> {
    if (!this.options.checkpoints) return true;
    const rows = await this.list(size, size, 'ascending', 1);
    const present = rows.some(({ note }) => readCheckpoint(note, this.options.trust).kind !== 'foreign');
    return present || !this.readable;
  }

  /** @param most of the largest sizes of each anchor */
  private async fromAnchors(from: number, to: number, most: number): Promise<CheckpointClaim[]> {
    const claims: CheckpointClaim[] = [];
    for (const anchor of this.options.anchors) {
      const sizes = await this.sizesOf(anchor);
      const end = firstAbove(sizes, to);
      for (let i = Math.max(firstAbove(sizes, from - 1), end - most); i < end; i++) {
        const note = await anchor.read(sizes[i]);
        if (note !== null) claims.push(...this.anchoredClaim(anchor, sizes[i], note));
      }
    }
    return claims;
  }

  private sizesOf(anchor: Anchor): Promise<number[]> {
    let sizes = this.anchored.get(anchor);
    if (!sizes) this.anchored.set(anchor, (sizes = anchor.sizes()));
    return sizes;
  }

  private async fromDatabase(after: number, to: number) {
    const claims: CheckpointClaim[] = [];
    const sizes = new Set<number>();
    for (let from = after + 1; from <= to;) {
      const rows = await this.list(from, to, 'ascending', PAGE);
      for (const row of rows) {
        const claimed = this.claimOf(row);
        // The note of another log in its place does not make a lost checkpoint present.
        if (claimed) sizes.add(row.size);
        claims.push(...(claimed ?? []));
      }
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) break;
      from = last.size + 1;
    }
    return { claims, sizes };
  }

  private async list(
    from: number,
    to: number | undefined,
    direction: 'ascending' | 'descending',
    limit: number,
  ): Promise<StoredCheckpoint[]> {
    if (!this.options.checkpoints || !this.readable) return [];
    try {
      return await this.options.checkpoints.list({ from, ...(to === undefined ? {} : { to }), direction, limit });
    } catch (error) {
      if (!isAboutRow(error)) throw error;
      this.readable = false;
      this.report(
        'malformed',
        'audit_checkpoint',
        `A row of audit_checkpoint cannot be read: ${(error as Error).message}`,
      );
      return [];
    }
  }

  /** @returns null for a note about another log */
  private claimOf({ size, root, note }: StoredCheckpoint): CheckpointClaim[] | null {
    const where = `checkpoint ${size} in the database`;
    const read = readCheckpoint(note, this.options.trust);
    if (read.kind === 'foreign') return null;
    if (read.kind === 'dubious') {
      this.report(read.reason, 'audit_checkpoint.note', `The ${where} cannot be believed: ${read.why}`, note);
      return [];
    }
    const claim = { ...read, note, source: where, keeper: 'database' as const };
    if (read.size !== size) this.reportDrift('size', String(read.size), String(size), where, note);
    else if (read.root !== root) this.reportDrift('root', read.root, root, where, note);
    return read.size === size ? [claim] : [];
  }

  private anchoredClaim(anchor: Anchor, size: number, note: string): CheckpointClaim[] {
    const source = `checkpoint ${size} of the anchor ${anchor.name}`;
    const read = readCheckpoint(note, this.options.trust);
    if (read.kind === 'foreign') return [];
    if (read.kind === 'dubious') {
      this.report(read.reason, undefined, `The ${source} cannot be believed: ${read.why}`, note);
      return [];
    }
    if (read.size === size) return [{ ...read, note, source, keeper: 'anchor' }];
    this.report('malformed', undefined, `The ${source} is about ${read.size} records.`, note);
    return [];
  }

  private noteLost(anchored: readonly CheckpointClaim[], stored: ReadonlySet<number>): void {
    for (const { size } of anchored) {
      if (!stored.has(size) && !this.lost.includes(size) && this.lost.length < MAX_LOST) this.lost.push(size);
    }
  }

  private report(
    reason: 'malformed' | 'bad_signature' | 'unknown_key',
    column: string | undefined,
    message: string,
    note?: string,
  ): void {
    this.options.report({
      class: reason,
      reason,
      index: null,
      eventId: null,
      ...(column === undefined ? {} : { column }),
      expected: null,
      found: null,
      message,
      ...(note === undefined ? {} : { notes: [note] }),
    });
  }

  private reportDrift(column: 'size' | 'root', expected: string, found: string, where: string, note: string): void {
    this.options.report({
      class: 'projection_drift',
      reason: 'projection_drift',
      index: null,
      eventId: null,
      column: `audit_checkpoint.${column}`,
      expected,
      found: display(found),
      message: `The column ${column} of the ${where} does not say what its note says.`,
      notes: [note],
    });
  }
}

/** Position of the first size that is larger; sizes are ascending, and there may be millions. */
function firstAbove(sizes: readonly number[], size: number): number {
  let low = 0;
  let high = sizes.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (sizes[middle] > size) high = middle;
    else low = middle + 1;
  }
  return low;
}
