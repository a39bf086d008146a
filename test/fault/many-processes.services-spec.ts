import { freshMysql, freshPostgres, freshSqliteFile, mysqlAnswers } from '../support/databases.js';
import { appendFromManyProcesses } from './many-processes.js';

const scale = { processes: 8, eventsEach: 5_000, killed: 3 };
const hasMysql = await mysqlAnswers();

describe('eight processes append 5,000 events each to one log and some are killed', () => {
  it('SQLite', async () => {
    const database = freshSqliteFile();
    await appendFromManyProcesses({ ...scale, storage: { type: 'sqlite', path: database.location } });
    await database.drop();
  }, 600_000);

  it('PostgreSQL', async () => {
    const database = await freshPostgres();
    await appendFromManyProcesses({ ...scale, storage: { type: 'postgres', url: database.location, poolSize: 2 } });
    await database.drop();
  }, 600_000);

  (hasMysql ? it : it.skip)(
    'MariaDB or MySQL',
    async () => {
      const database = await freshMysql();
      await appendFromManyProcesses({ ...scale, storage: { type: 'mysql', url: database.location, poolSize: 2 } });
      await database.drop();
    },
    600_000,
  );
});
