import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { signAndVerifyAtOnce } from './signers-and-verifiers.js';

describe('two signers and three verifiers at once, killed in turn', () => {
  it('SQLite', async () => {
    const database = freshSqliteFile();
    await signAndVerifyAtOnce({ type: 'sqlite', path: database.location }, 6);
    await database.drop();
  }, 300_000);

  it('PostgreSQL', async () => {
    const database = await freshPostgres();
    await signAndVerifyAtOnce({ type: 'postgres', url: database.location, poolSize: 2 }, 6);
    await database.drop();
  }, 300_000);
});
