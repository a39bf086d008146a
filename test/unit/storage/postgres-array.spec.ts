import fc from 'fast-check';
import { Client } from 'pg';
import { bigintArray, textArray } from '../../../lib/storage/typeorm/ledger/postgres-array.js';
import { postgresUrl } from '../../support/databases.js';

describe('binary arrays', () => {
  const client = new Client({ connectionString: postgresUrl() });
  beforeAll(() => client.connect());
  afterAll(() => client.end());

  it('are what PostgreSQL reads as text[], nulls included', async () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (values) => {
        const { rows } = await client.query('SELECT $1::text[] AS list', [textArray(values)]);
        expect(rows[0].list).toEqual(values);
      }),
      { numRuns: 25 },
    );
  });

  it('are what PostgreSQL reads as bigint[]', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.maxSafeNat()), async (values) => {
        const { rows } = await client.query('SELECT $1::bigint[] AS list', [bigintArray(values)]);
        expect(rows[0].list.map(Number)).toEqual(values);
      }),
      { numRuns: 25 },
    );
  });
});
