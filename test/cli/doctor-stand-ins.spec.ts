import { createStorage } from '../../lib/storage/storage.factory.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { cliJson } from './cli.harness.js';

const VIEW = ['ALTER TABLE audit_stream RENAME TO kept', 'CREATE VIEW audit_stream AS SELECT * FROM kept'];

describe('doctor on tables that somebody has put something in place of', () => {
  it.each([
    ['a view on SQLite', 'sqlite', VIEW],
    ['a view on PostgreSQL', 'postgres', VIEW],
    [
      'a rule on PostgreSQL',
      'postgres',
      ['CREATE RULE hush AS ON INSERT TO audit_stream WHERE NEW.name = $$x$$ DO INSTEAD NOTHING'],
    ],
    ['row security on PostgreSQL', 'postgres', ['ALTER TABLE audit_stream ENABLE ROW LEVEL SECURITY']],
  ] as const)('names %s', async (_, type, statements) => {
    const place = type === 'sqlite' ? freshSqliteFile() : await freshPostgres();
    const storage = createStorage({ type, path: place.location, url: place.location, migrate: true });
    await storage.open();
    for (const statement of statements) await (storage.database as SqlDatabase).execute(statement);
    await storage.close();
    const { value } = await cliJson<{ diagnoses: { name: string; status: string; message: string }[] }>([
      'doctor',
      place.location,
    ]);
    expect(value.diagnoses.find(({ name }) => name === 'schema')).toMatchObject({
      status: 'bad',
      message: expect.stringContaining('audit_stream'),
    });
    await place.drop();
  });
});
