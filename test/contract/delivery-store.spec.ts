import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { describeDeliveryStore } from './delivery-store.contract.js';

describeDeliveryStore({
  name: 'memory',
  kind: 'memory',
  writers: 'one',
  durable: false,
  create: async () => ({ connect: async () => createStorage({ type: 'memory' }), drop: async () => undefined }),
});

describeDeliveryStore({
  name: 'SQLite',
  kind: 'sqlite',
  writers: 'many',
  durable: true,
  create: async () => {
    const { location, drop } = freshSqliteFile();
    return {
      connect: async () => {
        const storage = createStorage({ type: 'sqlite', path: location });
        await storage.open();
        return storage;
      },
      drop,
    };
  },
});

describeDeliveryStore({
  name: 'PostgreSQL',
  kind: 'postgres',
  writers: 'many',
  durable: true,
  create: async () => {
    const { location, drop } = await freshPostgres();
    return {
      connect: async () => {
        const storage = createStorage({ type: 'postgres', url: location, migrate: true });
        await storage.open();
        return storage;
      },
      drop,
    };
  },
});
