import { InlineSealer } from '../../../../lib/ledger/inline-sealer.js';
import { Ledger } from '../../../../lib/ledger/ledger.js';
import { createStorage } from '../../../../lib/storage/storage.factory.js';
import { TileKeeper } from '../../../../lib/verification/tiles/tile-keeper.js';
import { TileStoringSealer } from '../../../../lib/verification/tiles/tile-storing.sealer.js';
import { sealableEvent } from '../../../support/sealable-event.js';

const REQUEST = { replay: false, receipts: false };
const events = (count: number, from = 0) => Array.from({ length: count }, (_, n) => sealableEvent(`e${from + n}`));

describe('full tiles', () => {
  it('are stored behind what is sealed, with what an earlier process left undone', async () => {
    const storage = createStorage({ type: 'memory' });
    await storage.open();
    const ledger = new Ledger(storage.ledger);
    await ledger.append(events(300));
    const sealer = new TileStoringSealer(
      new InlineSealer(ledger),
      new TileKeeper(storage.ledger, storage.tiles),
      (error) => {
        throw error;
      },
    );
    await sealer.seal(events(10, 300), REQUEST);
    await sealer.seal(events(250, 310), REQUEST);
    await sealer.seal(events(6, 560), REQUEST);
    await sealer.close();
    expect(await storage.tiles.count(0)).toBe(2);
  });

  it('that cannot be stored are told of and disturb nothing', async () => {
    const storage = createStorage({ type: 'memory' });
    await storage.open();
    const failures: unknown[] = [];
    const broken = new Error('no room');
    const sealer = new TileStoringSealer(
      new InlineSealer(new Ledger(storage.ledger)),
      { catchUp: () => Promise.reject(broken) },
      (error) => failures.push(error),
    );
    expect(await sealer.seal(events(3), REQUEST)).toHaveLength(3);
    await sealer.close();
    expect(failures).toEqual([broken]);
  });
});
