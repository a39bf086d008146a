import Database from 'better-sqlite3';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import type { FreshDatabase } from '../support/databases.js';
import { freshSqliteFile } from '../support/databases.js';
import { appendLockedTo, appendTo, events, expectSoundLog } from '../support/log-writer.js';

describe('faults of a SQLite file', () => {
  let place: FreshDatabase;
  let storage: AuditStorage & { database: SqlDatabase };

  beforeEach(async () => {
    place = freshSqliteFile();
    storage = createStorage({ type: 'sqlite', path: place.location, lockWaitMs: 150 }) as typeof storage;
    await storage.open();
    await appendTo(storage.ledger, events('first', 3));
  });
  afterEach(async () => {
    await storage.close();
    await place.drop();
  });

  const WAYS = [
    ['append', (id: string) => appendTo(storage.ledger, events(id, 3))],
    ['appendLocked', (id: string) => appendLockedTo(storage.ledger, events(id, 3))],
  ] as const;

  describe.each(WAYS)('%s', (_, append) => {
    it('gives up when another process holds the write lock, and works when it lets go', async () => {
      const other = new Database(place.location);
      other.exec('BEGIN IMMEDIATE');
      await expect(append('a')).rejects.toMatchObject({ name: 'StoreError', reason: 'busy', transient: true });
      await expectSoundLog(storage.ledger, 3);
      other.exec('ROLLBACK');
      other.close();
      await append('a');
      await expectSoundLog(storage.ledger, 6);
    });

    it('waits for the write lock without stopping the event loop', async () => {
      const other = new Database(place.location);
      other.exec('BEGIN IMMEDIATE');
      const appended = append('a');
      let turns = 0;
      const timer = setInterval(() => {
        if (++turns === 5) other.exec('COMMIT');
      }, 5);
      await appended;
      clearInterval(timer);
      expect(turns).toBeGreaterThanOrEqual(5);
      other.close();
      await expectSoundLog(storage.ledger, 6);
    });

    it('writes nothing when the commit fails', async () => {
      const { database } = storage;
      await database.execute('CREATE TABLE parent (id integer PRIMARY KEY)');
      await database.execute('CREATE TABLE child (id integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)');
      await database.execute(
        'CREATE TRIGGER orphan AFTER INSERT ON audit_event BEGIN INSERT INTO child VALUES (NEW.log_index); END',
      );
      await expect(append('a')).rejects.toMatchObject({ name: 'StoreError', reason: 'refused' });
      await expectSoundLog(storage.ledger, 3);
      await database.execute('DROP TRIGGER orphan');
      await append('a');
      await expectSoundLog(storage.ledger, 6);
    });

    it('writes nothing when the disk is full', async () => {
      const { database } = storage;
      const [{ page_count: pages }] = await database.query<{ page_count: number }>('PRAGMA page_count');
      await database.query(`PRAGMA max_page_count = ${pages}`);
      let rounds = 0;
      let error: unknown = null;
      while (error === null && rounds < 200) {
        error = await append(`round-${rounds++}`).then(
          () => null,
          (thrown: unknown) => thrown,
        );
      }
      expect(error).toMatchObject({ name: 'StoreError', reason: 'full', transient: true });
      const size = 3 + 3 * (rounds - 1);
      await expectSoundLog(storage.ledger, size);
      await database.query('PRAGMA max_page_count = 1000000');
      await append('a');
      await expectSoundLog(storage.ledger, size + 3);
    });

    it('writes nothing when the transaction was ended behind our back', async () => {
      const { database } = storage;
      await database.execute(
        "CREATE TRIGGER ender BEFORE INSERT ON audit_event WHEN NEW.event_id LIKE '%-2' BEGIN SELECT RAISE(ROLLBACK, 'ended'); END",
      );
      await expect(append('a')).rejects.toMatchObject({ name: 'StoreError', message: /ended/ });
      await database.execute('DROP TRIGGER ender');
      await append('b');
      await expectSoundLog(storage.ledger, 6);
    });
  });

  it('says that the store is closed', async () => {
    await storage.close();
    await expect(storage.ledger.readHead()).rejects.toMatchObject({ reason: 'closed' });
    await expect(appendLockedTo(storage.ledger, events('a', 1))).rejects.toMatchObject({ reason: 'closed' });
    await storage.open();
    await expectSoundLog(storage.ledger, 3);
  });
});
