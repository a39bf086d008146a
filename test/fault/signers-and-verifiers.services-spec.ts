import { freshMysql, freshPostgres, freshSqliteFile } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { signAndVerifyAtOnce } from './signers-and-verifiers.js';

const KILLS = 40;
const describeMysql = await describeWithMysql();

describe('two signers and three verifiers at once, killed often', () => {
  it('SQLite', async () => {
    const database = freshSqliteFile();
    await signAndVerifyAtOnce({ type: 'sqlite', path: database.location }, KILLS);
    await database.drop();
  }, 900_000);

  it('PostgreSQL', async () => {
    const database = await freshPostgres();
    await signAndVerifyAtOnce({ type: 'postgres', url: database.location, poolSize: 2 }, KILLS);
    await database.drop();
  }, 900_000);
});

describeMysql('two signers and three verifiers at once, killed often', () => {
  it('MariaDB or MySQL', async () => {
    const database = await freshMysql();
    await signAndVerifyAtOnce({ type: 'mysql', url: database.location, poolSize: 2 }, KILLS);
    await database.drop();
  }, 900_000);
});
