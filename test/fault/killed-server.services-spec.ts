import { freshMysql, freshPostgres, freshSqliteFile, mysqlAnswers } from '../support/databases.js';
import { describeKilledServer } from './killed-server.suite.js';

/** More than ten thousand requests; enough for the others to show that the store makes no difference. */
const full = { kills: 3, requests: 3_400 };
const less = { kills: 2, requests: 1_200 };

describeKilledServer(
  'SQLite',
  async () => {
    const { location, drop } = freshSqliteFile();
    return { storage: { type: 'sqlite', path: location }, drop };
  },
  full,
);

describeKilledServer(
  'PostgreSQL',
  async () => {
    const { location, drop } = await freshPostgres();
    return { storage: { type: 'postgres', url: location, poolSize: 2 }, drop };
  },
  less,
);

if (await mysqlAnswers()) {
  describeKilledServer(
    'MariaDB or MySQL',
    async () => {
      const { location, drop } = await freshMysql();
      return { storage: { type: 'mysql', url: location, poolSize: 2 }, drop };
    },
    less,
  );
}
