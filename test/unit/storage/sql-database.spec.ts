import { DataSource } from 'typeorm';
import { StoreError } from '../../../lib/ledger/store.error.js';
import { SqlDatabase } from '../../../lib/storage/typeorm/sql-database.js';
import { toNumber } from '../../../lib/storage/typeorm/sql-transaction.js';
import type { FreshDatabase } from '../../support/databases.js';
import { freshPostgres, freshPostgresDatabase, freshSqliteFile, onPostgres } from '../../support/databases.js';

interface Row {
  id: string;
  name: string;
}

const CASES = [
  {
    name: 'sqlite',
    fresh: async () => freshSqliteFile(),
    options: (location: string) => ({ type: 'better-sqlite3' as const, database: location }),
  },
  {
    name: 'postgres',
    fresh: () => freshPostgres(),
    options: (location: string) => ({ type: 'postgres' as const, url: location }),
  },
];

describe.each(CASES)('SqlDatabase on $name', ({ fresh, options }) => {
  let place: FreshDatabase;
  let dataSource: DataSource;
  let database: SqlDatabase;

  beforeEach(async () => {
    place = await fresh();
    dataSource = await new DataSource(options(place.location)).initialize();
    database = new SqlDatabase(dataSource, { lockWaitMs: 100 });
    await database.execute(
      `CREATE TABLE thing (id ${database.dialect.bigint} NOT NULL PRIMARY KEY, name varchar(20) NOT NULL)`,
    );
  });

  afterEach(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await place.drop();
  });

  const names = async () => (await database.query<Row>('SELECT name FROM thing ORDER BY id')).map(({ name }) => name);
  const put = (id: number, name: string) => database.execute('INSERT INTO thing (id, name) VALUES (?, ?)', [id, name]);

  it('takes ? for parameters, but for those in quotes, and counts what it wrote', async () => {
    expect(await put(2 ** 40, 'a?')).toBe(1);
    expect(await database.query("SELECT name, '?' AS mark FROM thing WHERE name = ?", ['a?'])).toEqual([
      { name: 'a?', mark: '?' },
    ]);
    expect(await database.execute('UPDATE thing SET name = ?', ['b'])).toBe(1);
    expect(await database.execute('DELETE FROM thing WHERE name = ?', ['nobody'])).toBe(0);
    const [row] = await database.query<Row>('SELECT id FROM thing');
    expect(toNumber(row.id)).toBe(2 ** 40);
  });

  it('leaves out the flush of the disk for a transaction that need not be durable, and for no other', async () => {
    const isSqlite = database.dialect.name === 'sqlite';
    if (isSqlite) await database.query('PRAGMA journal_mode = WAL');
    if (isSqlite) await database.query('PRAGMA synchronous = FULL');
    const question = isSqlite ? 'PRAGMA synchronous' : 'SHOW synchronous_commit';
    const setting = async (durable: boolean) =>
      database.transaction(
        function* (tx) {
          const [row] = yield* tx.query<object>(question);
          return String(Object.values(row)[0]);
        },
        { durable },
      );
    const usual = await setting(true);
    expect(await setting(false)).toBe(isSqlite ? '1' : 'off');
    const failing = database.transaction(
      function* (tx) {
        yield* tx.execute('INSERT INTO thing (id, name) VALUES (1, ?)', ['gone']);
        throw new Error('no');
      },
      { durable: false },
    );
    await expect(failing).rejects.toThrow('no');
    expect(await setting(true)).toBe(usual);
    expect(usual).toBe(isSqlite ? '2' : 'on');
    expect(await names()).toEqual([]);
    if (isSqlite) {
      await database.query('PRAGMA journal_mode = DELETE'); // there it would be less safe
      expect(await setting(false)).toBe(usual);
    }
  });

  it('commits what a transaction returns from and rolls back what it throws from', async () => {
    const result = await database.transaction(function* (tx) {
      yield* tx.execute('INSERT INTO thing (id, name) VALUES (?, ?)', [1, 'a']);
      const rows = yield* tx.query<Row>('SELECT name FROM thing');
      return rows.length;
    });
    expect(result).toBe(1);

    const failure = new Error('no');
    await expect(
      database.transaction(function* (tx) {
        yield* tx.execute('INSERT INTO thing (id, name) VALUES (?, ?)', [2, 'b']);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await names()).toEqual(['a']);
  });

  it('rolls back the statements before one that failed', async () => {
    await put(1, 'a');
    await expect(
      database.transaction(function* (tx) {
        yield* tx.execute('INSERT INTO thing (id, name) VALUES (?, ?)', [2, 'b']);
        yield* tx.execute('INSERT INTO thing (id, name) VALUES (?, ?)', [1, 'c']);
      }),
    ).rejects.toMatchObject({ name: 'StoreError', reason: 'duplicate', transient: false });
    expect(await names()).toEqual(['a']);
  });

  it('keeps transactions apart that run at the same time', async () => {
    await put(1, '0');
    const increment = () =>
      database.transaction(function* (tx) {
        const [{ name }] = yield* tx.query<Row>(`SELECT name FROM thing WHERE id = 1 ${database.dialect.forUpdate}`);
        yield* tx.execute('UPDATE thing SET name = ? WHERE id = 1', [String(Number(name) + 1)]);
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await names()).toEqual(['20']);
  });

  it('writes upserts and ignored inserts', async () => {
    const { dialect } = database;
    const upsert = dialect.upsert('thing', ['id', 'name'], ['id'], undefined, 2);
    await database.execute(upsert, [1, 'a', 2, 'b']);
    await database.execute(upsert, [2, 'B', 3, 'c']);
    const ignore = dialect.insertIgnore('thing', ['id', 'name']);
    expect(await database.execute(ignore, [3, 'C'])).toBe(0);
    expect(await database.execute(ignore, [4, 'd'])).toBe(1);
    expect(await names()).toEqual(['a', 'B', 'c', 'd']);
  });

  it('names a missing table, and keeps parameters out of its errors', async () => {
    const error = await database.execute('INSERT INTO nowhere (a) VALUES (?)', ['hunter2']).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'schema', transient: true });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
    expect(String((error as Error).cause)).not.toContain('hunter2');
  });

  it('says so when the DataSource is gone', async () => {
    await dataSource.destroy();
    await expect(names()).rejects.toMatchObject({ reason: 'closed' });
    await expect(
      database.transaction(function* (tx) {
        yield* tx.execute('DELETE FROM thing');
      }),
    ).rejects.toMatchObject({ reason: 'closed' });
  });
});

describe('SqlDatabase on PostgreSQL', () => {
  it('begins a transaction again that the server ended because of a deadlock', async () => {
    const place = await freshPostgres();
    const dataSource = await new DataSource({ type: 'postgres', url: place.location }).initialize();
    const database = new SqlDatabase(dataSource);
    await dataSource.query('CREATE TABLE thing (id int PRIMARY KEY, hits int NOT NULL)');
    await dataSource.query('INSERT INTO thing VALUES (1, 0), (2, 0)');
    let attempts = 0;
    const hitBoth = (first: number, second: number) =>
      database.transaction(function* (tx) {
        attempts++;
        yield* tx.execute('UPDATE thing SET hits = hits + 1 WHERE id = ?', [first]);
        yield* tx.query('SELECT pg_advisory_xact_lock_shared(7)');
        yield* tx.execute('UPDATE thing SET hits = hits + 1 WHERE id = ?', [second]);
      });
    // Both take their first row and wait at the gate; then each wants the row of the other.
    await onPostgres(place.location, async (gate) => {
      await gate.query('SELECT pg_advisory_lock(7)');
      const both = Promise.all([hitBoth(1, 2), hitBoth(2, 1)]);
      const waiting = "SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
      while ((await gate.query(waiting)).rows[0].waiting < 2);
      await gate.query('SELECT pg_advisory_unlock(7)');
      await both;
    });
    // The one that was ended may be quicker than the other and meet it again.
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(await database.query('SELECT hits FROM thing')).toEqual([{ hits: 2 }, { hits: 2 }]);
    await dataSource.destroy();
    await place.drop();
  });

  it('refuses a database whose encoding is not UTF-8', async () => {
    const place = await freshPostgresDatabase("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
    const dataSource = await new DataSource({ type: 'postgres', url: place.location }).initialize();
    await expect(new SqlDatabase(dataSource, { migrate: true }).open()).rejects.toThrow(/encoding SQL_ASCII/);
    await dataSource.destroy();
    await place.drop();
  });
});

describe('SqlDatabase on a SQLite connection that the application uses too', () => {
  let place: FreshDatabase;
  let dataSource: DataSource;
  let database: SqlDatabase;

  beforeEach(async () => {
    place = freshSqliteFile();
    dataSource = await new DataSource({ type: 'better-sqlite3', database: place.location }).initialize();
    database = new SqlDatabase(dataSource, { lockWaitMs: 200 });
    await dataSource.query('CREATE TABLE thing (name text)');
  });

  afterEach(async () => {
    await dataSource.destroy();
    await place.drop();
  });

  it('waits for the transaction that is open, and is not rolled back with it', async () => {
    let written: Promise<number> | undefined;
    await dataSource
      .transaction(async (manager) => {
        await manager.query("INSERT INTO thing VALUES ('lost')");
        written = database.execute("INSERT INTO thing VALUES ('kept')");
        expect(await database.query('SELECT name FROM thing')).toEqual([{ name: 'lost' }]);
        throw new Error('application failed');
      })
      .catch(() => undefined);
    expect(await written).toBe(1);
    expect(await dataSource.query('SELECT name FROM thing')).toEqual([{ name: 'kept' }]);
  });

  it('gives up after a while, since the transaction may be waiting for the log', async () => {
    await dataSource.transaction(async () => {
      await expect(database.execute("INSERT INTO thing VALUES ('a')")).rejects.toMatchObject({
        reason: 'busy',
        transient: true,
        message: expect.stringContaining('a file of its own'),
      });
    });
  });
});

it('refuses a DataSource of another kind', () => {
  const dataSource = { options: { type: 'mongodb' } } as unknown as DataSource;
  expect(() => new SqlDatabase(dataSource)).toThrow(/mongodb.*Supported are better-sqlite3, postgres, mysql, mariadb/s);
});
