import { freshMysql, freshPostgres, mysqlAnswers } from '../support/databases.js';
import { describeKilledServer } from './killed-server.suite.js';

/** Enough to show that the store makes no difference; more than ten thousand requests are sent on SQLite. */
const SCALE = { kills: 2, requests: 1_200 };

describeKilledServer(
  'PostgreSQL',
  async () => {
    const { location, drop } = await freshPostgres();
    return { storage: { type: 'postgres', url: location, poolSize: 2 }, drop };
  },
  SCALE,
);

if (await mysqlAnswers()) {
  describeKilledServer(
    'MariaDB or MySQL',
    async () => {
      const { location, drop } = await freshMysql();
      return { storage: { type: 'mysql', url: location, poolSize: 2 }, drop };
    },
    SCALE,
  );
}
