import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { describeDeliveryStore } from './delivery-store.contract.js';

(await describeWithMysql())('MySQL and MariaDB', () => {
  describeDeliveryStore({
    name: 'MySQL',
    kind: 'mysql',
    writers: 'many',
    durable: true,
    create: async () => {
      const { location, drop } = await freshMysql();
      return {
        connect: async () => {
          const storage = createStorage({ type: 'mysql', url: location, migrate: true });
          await storage.open();
          return storage;
        },
        drop,
      };
    },
  });
});
