import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { appendFromManyProcesses } from './many-processes.js';

const scale = { processes: 4, eventsEach: 400, killed: 2 };

describe('several processes append to one log and some are killed', () => {
  it('SQLite', async () => {
    const database = freshSqliteFile();
    await appendFromManyProcesses({ ...scale, storage: { type: 'sqlite', path: database.location } });
    await database.drop();
  }, 120_000);

  it('PostgreSQL', async () => {
    const database = await freshPostgres();
    await appendFromManyProcesses({ ...scale, storage: { type: 'postgres', url: database.location, poolSize: 2 } });
    await database.drop();
  }, 120_000);
});
