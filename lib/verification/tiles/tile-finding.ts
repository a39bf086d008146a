/** What is wrong with a tiled log. */
export type TileFindingClass = 'modified' | 'missing' | 'malformed' | 'rewritten';

/**
 * One thing that is wrong with a tiled log.
 *
 * @publicApi
 */
export interface TileFinding {
  /**
   * `modified`: an entry does not hash to the leaf that the checkpoint commits to. `missing`: a file is not there.
   * `malformed`: a file cannot be read, or is not what the checkpoint commits to. `rewritten`: entries and tiles lead to
   * another root than the checkpoint's.
   */
  class: TileFindingClass;
  /** First record that is concerned; absent if that cannot be known. */
  firstIndex?: number;
  /** Last record that is concerned. */
  lastIndex?: number;
  /** The file that is concerned, below the log's prefix. */
  file?: string;
  /** What the checkpoint commits to, in hex. */
  expected?: string;
  /** What is there, in hex. */
  found?: string;
  /** The same in words. */
  message: string;
}

const DEFAULT_MAX_FINDINGS = 1000;

/** A list of findings that does not grow beyond its limit, however broken the log is. */
export class TileFindings {
  /** What was found, in order. */
  readonly list: TileFinding[] = [];

  constructor(private readonly limit: number = DEFAULT_MAX_FINDINGS) {}

  add(finding: TileFinding): void {
    if (this.list.length < this.limit) this.list.push(finding);
  }
}
