import { HASH_BYTES, leafHash } from '../../ledger/merkle/tree-hash.js';
import { equalBytes } from '../encoding/strict-encoding.js';
import { treeRoot } from '../proofs/make-proof.js';
import { StoredTiles } from './stored-tiles.js';
import { TileCascade } from './tile-cascade.js';
import type { FinishedTile } from './tile-cascade.js';
import { readEntriesOfSize } from './tile-directory.js';
import type { TileLogReader } from './tile-directory.js';
import { TileError } from './tile.error.js';
import { TileFindings } from './tile-finding.js';
import type { TileFinding } from './tile-finding.js';
import { TILE_WIDTH, tileWidth } from './tile-layout.js';
import { TileNodeSource, foldHashes } from './tile-node-source.js';
import { tilePath } from './tile-path.js';

/** How a tiled log is verified. */
export interface VerifyTileOptions {
  /** Called with each record in log order, for further checks of its content. */
  onRecord?: (index: number, record: Buffer) => void | Promise<void>;
  /** Called after each bundle with the number of records read so far. */
  onProgress?: (read: number, size: number) => void;
  /** Stops between two bundles. */
  signal?: AbortSignal;
  /** Most findings that are listed. `@default` 1000 */
  maxFindings?: number;
}

/** What the partial tiles say: they lead to the committed root, to another one, or cannot be read. */
type EdgeState = 'authentic' | 'contradicts' | 'unreadable';

/** One reading of a log, from the first bundle to the last, compared with a root that is trusted. */
export class TilePass {
  readonly #cascade = new TileCascade();
  readonly #entryFindings: TileFindings;
  readonly #damagedTiles: TileFindings;
  #stored!: StoredTiles;
  #allEntriesRead = true;

  constructor(
    private readonly source: TileLogReader,
    private readonly size: number,
    private readonly committedRoot: Uint8Array,
    private readonly options: VerifyTileOptions,
  ) {
    this.#entryFindings = new TileFindings(options.maxFindings);
    this.#damagedTiles = new TileFindings(options.maxFindings);
  }

  async run(): Promise<{ root?: Buffer; findings: TileFinding[] }> {
    const edge = await this.#readEdge();
    this.#stored = new StoredTiles(
      this.source,
      this.size,
      edge === 'authentic',
      new TileFindings(this.options.maxFindings),
    );
    for (let bundle = 0; bundle * TILE_WIDTH < this.size; bundle++) {
      this.options.signal?.throwIfAborted();
      await this.#readBundle(bundle);
      this.options.onProgress?.(Math.min((bundle + 1) * TILE_WIDTH, this.size), this.size);
    }
    if (this.#allEntriesRead) await this.#compareTiles(this.#cascade.partialTiles());
    else await this.#stored.readEdge();
    return this.#conclude(edge);
  }

  async #readEdge(): Promise<EdgeState> {
    try {
      const root = await treeRoot(this.size, new TileNodeSource(this.source, this.size));
      return equalBytes(root, this.committedRoot) ? 'authentic' : 'contradicts';
    } catch (error) {
      if (error instanceof TileError) return 'unreadable';
      throw error;
    }
  }

  async #readBundle(bundle: number): Promise<void> {
    const committed = await this.#stored.readAuthentic(0, bundle);
    const entries = await this.#loadEntries(bundle);
    const hashes = entries.map((entry) => leafHash(entry));
    if (committed !== undefined) this.#compareLeaves(bundle, hashes, committed);
    else if (hashes.length === TILE_WIDTH) await this.#compareBundle(bundle, hashes);
    for (let position = 0; position < entries.length; position++) {
      await this.options.onRecord?.(bundle * TILE_WIDTH + position, entries[position]);
      if (this.#allEntriesRead) await this.#compareTiles(this.#cascade.append(hashes[position]));
    }
  }

  #compareLeaves(bundle: number, hashes: readonly Buffer[], committed: Buffer): void {
    hashes.forEach((found, position) => {
      const expected = hashAt(committed, position);
      if (!found.equals(expected)) this.#reportModified(bundle, position, position, expected, found);
    });
  }

  /** The bundle's own tile cannot be trusted, but the one above it may tell whether some entry was changed. */
  async #compareBundle(bundle: number, hashes: readonly Buffer[]): Promise<void> {
    const expected = await this.#stored.committedTileRoot(0, bundle);
    const found = foldHashes(Buffer.concat(hashes));
    if (expected !== undefined && !found.equals(expected)) {
      this.#reportModified(bundle, 0, TILE_WIDTH - 1, expected, found);
    }
  }

  async #loadEntries(bundle: number): Promise<Buffer[]> {
    try {
      return await readEntriesOfSize(this.source, bundle, this.size);
    } catch (error) {
      if (!(error instanceof TileError)) throw error;
      this.#allEntriesRead = false;
      const width = tileWidth(0, bundle, this.size);
      this.#entryFindings.add({
        class: error.reason === 'not_found' ? 'missing' : 'malformed',
        firstIndex: bundle * TILE_WIDTH,
        lastIndex: bundle * TILE_WIDTH + width - 1,
        file: tilePath('entries', bundle, width),
        message: error.message,
      });
      return [];
    }
  }

  #reportModified(bundle: number, first: number, last: number, expected: Buffer, found: Buffer): void {
    const firstIndex = bundle * TILE_WIDTH + first;
    const lastIndex = bundle * TILE_WIDTH + last;
    const what = first === last ? `Entry ${firstIndex} does` : `The entries ${firstIndex} to ${lastIndex} do`;
    this.#entryFindings.add({
      class: 'modified',
      firstIndex,
      lastIndex,
      file: tilePath('entries', bundle, tileWidth(0, bundle, this.size)),
      expected: expected.toString('hex'),
      found: found.toString('hex'),
      message: `${what} not hash to what the checkpoint commits to.`,
    });
  }

  async #compareTiles(rebuilt: readonly FinishedTile[]): Promise<void> {
    for (const { level, index, hashes } of rebuilt) {
      const stored = await this.#stored.read(level, index);
      if (stored === undefined || stored.equals(hashes)) continue;
      const file = tilePath(level, index, hashes.length / HASH_BYTES);
      const position = firstDifference(stored, hashes);
      const first = index * TILE_WIDTH + position;
      const leaves = TILE_WIDTH ** level;
      this.#damagedTiles.add({
        class: 'malformed',
        firstIndex: first * leaves,
        lastIndex: (first + 1) * leaves - 1,
        file,
        expected: hashAt(hashes, position).toString('hex'),
        found: hashAt(stored, position).toString('hex'),
        message: `Hash ${position} of ${file} does not follow from the entries.`,
      });
    }
  }

  #conclude(edge: EdgeState): { root?: Buffer; findings: TileFinding[] } {
    const root = this.#allEntriesRead ? this.#cascade.root() : undefined;
    const unreadable = this.#stored.findings.list.filter((finding) => finding.found === undefined);
    if (root !== undefined && equalBytes(root, this.committedRoot)) {
      return { root, findings: [...unreadable, ...this.#damagedTiles.list] };
    }
    const findings = [...this.#entryFindings.list, ...this.#stored.findings.list];
    if (root !== undefined && edge !== 'authentic') findings.unshift(this.#rewritten(root));
    if (root === undefined && edge === 'contradicts') findings.push(this.#brokenEdge());
    return { ...(root && { root }), findings };
  }

  #rewritten(root: Buffer): TileFinding {
    const contradicted = this.#damagedTiles.list.find((finding) => finding.file?.startsWith('tile/0/'));
    return {
      class: 'rewritten',
      ...(contradicted?.firstIndex !== undefined && { firstIndex: contradicted.firstIndex }),
      expected: Buffer.from(this.committedRoot).toString('hex'),
      found: root.toString('hex'),
      message:
        'Neither the tiles nor the entries lead to the root that the checkpoint commits to. ' +
        'Compare with an older copy of the log to see where it was changed.',
    };
  }

  #brokenEdge(): TileFinding {
    return {
      class: 'malformed',
      expected: Buffer.from(this.committedRoot).toString('hex'),
      message:
        'The partial tiles do not lead to the root that the checkpoint commits to, and not all entries can be read, so ' +
        'it cannot be said which of the rest are genuine. Restore the missing files and verify again.',
    };
  }
}

function firstDifference(left: Buffer, right: Buffer): number {
  let position = 0;
  while (hashAt(left, position).equals(hashAt(right, position))) position++;
  return position;
}

function hashAt(hashes: Buffer, position: number): Buffer {
  return hashes.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES);
}
