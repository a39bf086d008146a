import { isDiscarded } from '../../ledger/discarded-event.js';
import type { LedgerStore } from '../../ledger/ledger-store.port.js';
import { leafHash } from '../../ledger/merkle/index.js';
import { parseCheckpoint } from '../notes/checkpoint.js';
import { splitNote } from '../notes/note-format.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import { InvalidProofError } from '../proofs/invalid-proof.error.js';
import { consistencyProof, inclusionProof } from '../proofs/make-proof.js';
import { formatProofFile } from '../proofs/proof-file.js';
import { verifyInclusion } from '../proofs/verify-inclusion.js';
import { TileError } from '../tiles/tile.error.js';
import { TileKeeper } from '../tiles/tile-keeper.js';
import { TileNodeSource } from '../tiles/tile-node-source.js';
import type { TileReader } from '../tiles/tile-node-source.js';
import type { TileStore } from '../tiles/tile-store.port.js';
import type { CheckpointStore, StoredCheckpoint } from './checkpoint-store.port.js';
import { readOwnCheckpoint } from './own-checkpoint.js';
import { ProofUnavailableError } from './proof-unavailable.error.js';

/** So many checkpoints that nobody trusted signed are passed over before giving up. */
const SEARCHED_CHECKPOINTS = 100;

export interface EventProverOptions {
  readonly log: Pick<LedgerStore, 'readHead' | 'readLeafHashes' | 'findById'>;
  readonly checkpoints: CheckpointStore;
  readonly tiles: TileStore;
  /** Keys of the log. @default checkpoints are handed out unseen; whoever gets the proof checks them */
  readonly verifiers?: readonly NoteVerifier[];
  /** Makes a checkpoint of the log as it is now, for an event that none covers yet. @default that is an error */
  readonly publish?: () => Promise<unknown>;
}

/** Proves that an event stands in the log, and that one checkpoint's log is the beginning of another's. */
export class EventProver {
  readonly tiles: TileKeeper;

  constructor(private readonly options: EventProverOptions) {
    this.tiles = new TileKeeper(options.log, options.tiles);
  }

  /**
   * Makes the proof file of an event: its inclusion proof and the latest checkpoint. It takes O(log size) reads.
   *
   * @returns text of a `.tlog-proof` file; together with the record's bytes anybody can check it
   * @throws ProofUnavailableError no such event, no checkpoint that covers it, or the log is damaged
   */
  async prove(eventId: string): Promise<string> {
    const event = await this.options.log.findById(eventId);
    if (!event) {
      throw new ProofUnavailableError(
        'unknown_event',
        `There is no event ${eventId} in this log. It may not be sealed yet; check the id.`,
      );
    }
    await this.tiles.catchUp();
    const leaf = isDiscarded(event) ? Buffer.from(event.leafHash, 'hex') : leafHash(event.record);
    const { note } = await this.covering(event.logIndex);
    const { size, root } = parseCheckpoint(splitNote(note).text);
    const index = event.logIndex;
    const proof = await this.soundProof(
      (reader) => inclusionProof(index, Number(size), new TileNodeSource(reader, Number(size))),
      (hashes) => verifyInclusion({ index, size, leafHash: leaf, proof: hashes, root }),
    );
    return formatProofFile({ index: BigInt(index), proof, checkpoint: note });
  }

  /**
   * Makes the consistency proof between two sizes of the log, in O(log size) reads. It is not checked against roots.
   *
   * @throws RangeError if the sizes are out of order
   * @throws TileError if the log is not as long as the greater one
   */
  async proveConsistency(size1: number, size2: number): Promise<Buffer[]> {
    await this.tiles.catchUp();
    return consistencyProof(size1, size2, new TileNodeSource(this.tiles, size2));
  }

  /** Tiles that somebody changed make wrong proofs. They follow from the leaf hashes, so these are asked next. */
  private async soundProof(
    make: (reader: TileReader) => Promise<Buffer[]>,
    check: (proof: Buffer[]) => void,
  ): Promise<Buffer[]> {
    try {
      const proof = await make(this.tiles);
      check(proof);
      return proof;
    } catch (error) {
      if (!(error instanceof InvalidProofError) && !(error instanceof TileError)) throw error;
    }
    try {
      const proof = await make(new TileKeeper(this.options.log, NO_TILES));
      check(proof);
      return proof;
    } catch (cause) {
      if (!(cause instanceof InvalidProofError) && !(cause instanceof TileError)) throw cause;
      throw new ProofUnavailableError(
        'contradicts_checkpoint',
        'The log does not lead to the root that its checkpoint says, so there is no proof. It was changed since it was ' +
          'signed: verify it.',
        { cause },
      );
    }
  }

  private async covering(index: number): Promise<StoredCheckpoint> {
    const found = await this.search(index);
    if (found) return found;
    await this.options.publish?.();
    const published = this.options.publish && (await this.search(index));
    if (published) return published;
    throw new ProofUnavailableError(
      'not_covered',
      `No checkpoint of a trusted key covers record ${index} yet. Publish one: "nestjs-audit-trail checkpoint", or wait ` +
        'for the application to do it.',
    );
  }

  private async search(index: number): Promise<StoredCheckpoint | null> {
    const { checkpoints, verifiers } = this.options;
    const candidates = await checkpoints.list({
      from: index + 1,
      direction: 'descending',
      limit: verifiers ? SEARCHED_CHECKPOINTS : 1,
    });
    const genuine = ({ note, size }: StoredCheckpoint) =>
      !verifiers || readOwnCheckpoint(note, verifiers, undefined)?.size === size;
    return candidates.find(genuine) ?? null;
  }
}

const NO_TILES: TileStore = {
  insert: async () => undefined,
  read: async () => null,
  count: async () => 0,
  readRoots: async () => [],
};
