import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { describeStatementFaults } from './store-statements.js';

describeStatementFaults({
  name: 'SQLite',
  fresh: async () => freshSqliteFile(),
  storage: (path) => createStorage({ type: 'sqlite', path }),
});

describeStatementFaults({
  name: 'PostgreSQL',
  fresh: () => freshPostgres(),
  storage: (url) => createStorage({ type: 'postgres', url, migrate: true }),
});
