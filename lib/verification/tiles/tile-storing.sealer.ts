import type { SealableEvent } from '../../event/sealable-event.js';
import type { Sealer, SealRequest } from '../../ledger/queue/sealer.interface.js';
import type { SealReceipt } from '../../ledger/seal-receipt.interface.js';
import { TILE_WIDTH } from './tile-layout.js';
import type { TileKeeper } from './tile-keeper.js';

/** Has full tiles stored behind what is sealed. On the thread that seals, so that no request waits for their rows. */
export class TileStoringSealer implements Sealer {
  /** As if a tile had filled: what an earlier process left undone is done with the first batch. */
  private sealedSinceTiles = TILE_WIDTH;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly sealer: Sealer,
    private readonly tiles: Pick<TileKeeper, 'catchUp'>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  async seal(events: readonly SealableEvent[], request: SealRequest): Promise<readonly SealReceipt[]> {
    const receipts = await this.sealer.seal(events, request);
    this.sealedSinceTiles += events.length;
    if (this.sealedSinceTiles >= TILE_WIDTH) {
      this.sealedSinceTiles = 0;
      this.work = this.tiles.catchUp().catch(this.onFailure);
    }
    return receipts;
  }

  async close(): Promise<void> {
    await this.work;
    await this.sealer.close();
  }
}
