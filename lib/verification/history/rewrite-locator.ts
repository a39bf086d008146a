import type { Finding, FindingClass } from '../verifier/finding.interface.js';
import type { VerifiableLog } from '../verifier/verifiable-log.port.js';
import { ARCHIVE_WIDTH } from './leaf-archive.js';
import type { LeafArchive } from './leaf-archive.js';

/** Says which record is the first that is not what it was, when hashes of larger parts only say that there is one. */
export class RewriteLocator {
  constructor(
    private readonly log: Pick<VerifiableLog, 'readLeafHashes'>,
    private readonly archives: readonly LeafArchive[],
  ) {}

  /** The same finding, about one record if an archive knows which one. */
  async refine(finding: Finding): Promise<Finding> {
    const { index, until } = finding;
    if (index === null || until === undefined) return finding;
    for (const archive of this.archives) {
      const found = await this.search(archive, index, until);
      if (found) return located(finding, found, archive.name);
    }
    return finding;
  }

  private async search(archive: LeafArchive, from: number, until: number): Promise<Located | null> {
    for (let tile = Math.floor(from / ARCHIVE_WIDTH); tile * ARCHIVE_WIDTH < until; tile++) {
      const start = tile * ARCHIVE_WIDTH;
      const expected = await archive.leafHashes(tile);
      if (!expected) return null;
      const present = await this.log.readLeafHashes(start, start + expected.length);
      const at = expected.findIndex((hash, position) => start + position >= from && hash !== present[position]);
      if (at >= 0 && start + at < until) return { index: start + at, ...classify(expected, present, at) };
    }
    return null;
  }
}

interface Located {
  readonly index: number;
  readonly class: FindingClass;
  readonly expected: string;
  readonly found: string | null;
}

function located(finding: Finding, { index, class: kind, expected, found }: Located, archive: string): Finding {
  const { until: _, ...rest } = finding;
  return {
    ...rest,
    class: kind,
    index,
    expected,
    found,
    message: `${finding.message} ${sentence(archive)} show that record ${index} is the first that is not what it was.`,
  };
}

/** What happened to the record, as the ones around it tell. */
function classify(expected: readonly string[], present: readonly string[], at: number): Omit<Located, 'index'> {
  const pair = { expected: expected[at], found: present[at] ?? null };
  const differing = expected.filter((hash, position) => hash !== present[position]).length;
  const kept = new Set(present);
  if (differing > 1 && expected.every((hash) => kept.has(hash))) return { class: 'reordered', ...pair };
  if (differing === 1) return { class: 'modified', ...pair };
  if (at + 1 < expected.length && present[at] === expected[at + 1]) return { class: 'missing', ...pair };
  if (at + 1 < present.length && present[at + 1] === expected[at]) return { class: 'inserted', ...pair };
  return { class: 'rewritten', ...pair };
}

function sentence(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
