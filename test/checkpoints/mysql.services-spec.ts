import { createStorage } from '../../lib/storage/storage.factory.js';
import { describeWithMysql } from '../support/services.js';
import { publisherOf } from '../support/publisher.js';
import { SignedLog } from '../support/signed-log.js';
import { MYSQL } from './storages.js';
import { describeStores } from './stores.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('stores of checkpoints and tiles: mysql', () => describeStores(MYSQL));

describeMysql('publishers on one log: mysql', () => {
  it('do no harm to each other', async () => {
    const place = await MYSQL.create();
    const log = new SignedLog(await place.open());
    const other = createStorage(place.options);
    await other.open();
    const publishers = [publisherOf(log), publisherOf(log), publisherOf(log)];
    for (let turn = 0; turn < 4; turn++) {
      await log.grow(70);
      await Promise.all(publishers.map(({ publisher }) => publisher.publish()));
    }
    expect((await other.checkpoints.list({ limit: 99 })).map(({ size }) => size)).toEqual([70, 140, 210, 280]);
    expect(await log.anchors[0].sizes()).toEqual([70, 140, 210, 280]);
    for (const { violations, failures } of publishers) expect([violations, failures]).toEqual([[], []]);
    await other.close();
    log.drop();
    await place.drop();
  });
});
