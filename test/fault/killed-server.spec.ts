import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { describeKilledServer } from './killed-server.suite.js';

describeKilledServer(
  'SQLite',
  async () => {
    const { location, drop } = freshSqliteFile();
    return { storage: { type: 'sqlite', path: location }, drop };
  },
  { kills: 2, requests: 400 },
);

describeKilledServer(
  'PostgreSQL',
  async () => {
    const { location, drop } = await freshPostgres();
    return { storage: { type: 'postgres', url: location, poolSize: 2 }, drop };
  },
  { kills: 1, requests: 400 },
);
