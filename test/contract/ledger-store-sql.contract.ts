import { inspect } from 'node:util';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import type { SealableEvent } from '../../lib/event/sealable-event.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { AUDIT_ENTITIES, AuditEventEntity, AuditHeadEntity } from '../../lib/storage/typeorm/entities/index.js';
import { AUDIT_MIGRATIONS } from '../../lib/storage/typeorm/migrations/index.js';
import type { SqlOutboxStore } from '../../lib/storage/typeorm/outbox/sql-outbox-store.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import type { FreshDatabase } from '../support/databases.js';
import { appendLockedTo, appendTo, eventWith, events, expectSoundLog } from '../support/log-writer.js';

export interface SqlHarness {
  readonly name: string;
  fresh(): Promise<FreshDatabase>;
  /** Options of an application's DataSource. */
  dataSource(location: string): DataSourceOptions;
  /** The library's own storage. */
  storage(location: string, migrate: boolean): AuditStorage;
  /** Statements that set a session's time zone; the server's when the database has no sessions. */
  readonly timeZones: readonly string[];
  readonly truncates: boolean;
}

/** What the SQL stores have to do beyond the port. */
export function describeSqlStore(harness: SqlHarness): void {
  describe(`SQL: ${harness.name}`, () => {
    const closing: (() => Promise<unknown>)[] = [];
    let place: FreshDatabase;

    beforeEach(async () => {
      place = await harness.fresh();
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
      await place.drop();
    });

    const open = async (migrate = true): Promise<AuditStorage & { database: SqlDatabase }> => {
      const storage = harness.storage(place.location, migrate) as AuditStorage & { database: SqlDatabase };
      closing.push(() => storage.close());
      await storage.open();
      return storage;
    };
    const application = async (extra: Partial<DataSourceOptions> = {}): Promise<DataSource> => {
      const options = { ...harness.dataSource(place.location), ...extra } as DataSourceOptions;
      const dataSource = await new DataSource(options).initialize();
      closing.push(() => dataSource.destroy());
      return dataSource;
    };

    describe('schema', () => {
      it('is not there: says which tables and what to do', async () => {
        const refused = open(false);
        await expect(refused).rejects.toMatchObject({ name: 'SchemaMissingError', reason: 'schema' });
        await expect(refused).rejects.toThrow(/"audit_event".*AUDIT_MIGRATIONS.*migrate: true/s);
      });

      it('is made once, by any number of processes at the same time', async () => {
        const storages = await Promise.all(Array.from({ length: 4 }, () => open()));
        await appendTo(storages[0].ledger, events('a', 2));
        await open();
        await expectSoundLog(storages[3].ledger, 2);
        const applied = await storages[1].database.query<{ name: string }>('SELECT name FROM audit_migration');
        expect(applied.map(({ name }) => name)).toEqual(AUDIT_MIGRATIONS.map(({ name }) => name));
      });

      it('is made by the migrations of the application, and may be made twice', async () => {
        const dataSource = await application({ migrations: AUDIT_MIGRATIONS, entities: AUDIT_ENTITIES });
        await dataSource.runMigrations();
        await appendTo((await open(false)).ledger, events('a', 1));
        await expectSoundLog((await open(true)).ledger, 1);
        // Our tables stay out of what TypeORM would create or alter by itself.
        expect((await dataSource.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
      });

      it('is reverted only while nothing is recorded', async () => {
        const dataSource = await application({ migrations: AUDIT_MIGRATIONS });
        await dataSource.runMigrations();
        await dataSource.undoLastMigration();
        await expect(open(false)).rejects.toThrow('audit_event');
        await dataSource.runMigrations();
        await appendTo((await open(false)).ledger, events('a', 1));
        await expect(dataSource.undoLastMigration()).rejects.toThrow(/would destroy them/);
      });

      it('misses its head: says so', async () => {
        const { database, ledger } = await open();
        await database.execute('DROP TRIGGER audit_head_no_delete' + onTable(database, 'audit_head'));
        await database.execute('DELETE FROM audit_head');
        await expect(ledger.readHead()).rejects.toThrow(/The row of audit_head is gone/);
        await expect(appendLockedTo(ledger, events('a', 1))).rejects.toThrow(/The row of audit_head is gone/);
      });
    });

    describe('triggers', () => {
      const STATEMENTS = [
        "UPDATE audit_event SET action = 'x'",
        'UPDATE audit_event SET sections = NULL WHERE log_index = 1',
        'DELETE FROM audit_event',
        'DELETE FROM audit_event WHERE log_index = 1',
        'DELETE FROM audit_head',
        'INSERT INTO audit_head (id, size, root, compact_range, created_at, origin) VALUES (2, 0, ?, ?, ?, ?)',
        ...(harness.truncates ? ['TRUNCATE audit_event', 'TRUNCATE audit_head'] : []),
      ];

      it.each(STATEMENTS)('refuse %s', async (sql) => {
        const { database, ledger } = await open();
        await appendTo(ledger, events('a', 3));
        await expect(database.execute(sql, sql.includes('?') ? ['', '', '', ''] : [])).rejects.toMatchObject({
          name: 'StoreError',
        });
        await expectSoundLog(ledger, 3);
      });

      it('say why', async () => {
        const { database, ledger } = await open();
        await appendTo(ledger, events('a', 1));
        await expect(database.execute('DELETE FROM audit_event')).rejects.toThrow(/append-only/);
      });
    });

    describe('what an attacker leaves behind', () => {
      it('is read as it is: holes, swaps, large indexes', async () => {
        const { database, ledger } = await open();
        await appendTo(ledger, events('a', 5));
        for (const name of ['audit_event_no_update', 'audit_event_no_delete']) {
          await database.execute(`DROP TRIGGER ${name}${onTable(database, 'audit_event')}`);
        }
        await database.execute('DELETE FROM audit_event WHERE log_index IN (1, 2)');
        await database.execute('UPDATE audit_event SET log_index = ?, sequence = ? WHERE log_index = 4', [
          2 ** 40,
          2 ** 41,
        ]);
        const rows = await ledger.readRange(0, 10);
        expect(rows.map(({ logIndex }) => logIndex)).toEqual([0, 3, 2 ** 40]);
        expect(rows[2].sequence).toBe(2 ** 41);
        expect(await ledger.readRange(1, 1)).toEqual([rows[1]]);
        expect(await ledger.readLeafHashes(0, 2 ** 41)).toHaveLength(3);
        expect(await ledger.findPage({ direction: 'descending', after: 2 ** 40, limit: 1 })).toEqual([rows[1]]);
      });

      it('is not a number: says that the row is damaged', async () => {
        const { database, ledger } = await open();
        await database.execute('UPDATE audit_head SET size = ?', ['9007199254740993']);
        await expect(ledger.readHead()).rejects.toThrow(/below 2\^53/);
      });
    });

    it('keeps what it was to write out of its errors', async () => {
      const { database, ledger } = await open();
      await appendTo(ledger, [eventWith('a', { actorId: 'hunter2' })]);
      await database.execute('DELETE FROM audit_stream');
      const failed = appendTo(ledger, [eventWith('b', { actorId: 'hunter2' })]).then(
        () => null,
        (error: unknown) => error as Error,
      );
      // The stream begins anew, so its first sequence is there already.
      const error = await failed;
      expect(error).toMatchObject({ reason: 'duplicate' });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
    });

    it('writes through the DataSource of the application, and leaves it open', async () => {
      const dataSource = await application();
      const storage = createStorage({ type: 'datasource', migrate: true }, { dataSource });
      await storage.open();
      expect(storage.kind).toBe((await open(false)).kind);
      await appendTo(storage.ledger, events('a', 2));
      await appendLockedTo(storage.ledger, events('b', 2));
      await storage.close();
      expect(dataSource.isInitialized).toBe(true);
      await expectSoundLog((await open(false)).ledger, 4);
    });

    it('is read through TypeORM entities', async () => {
      const { ledger } = await open();
      await appendTo(ledger, [eventWith('a', { actorId: 'user_1' }), eventWith('b')]);
      const dataSource = await application({ entities: AUDIT_ENTITIES });
      const [row] = await ledger.readRange(0, 1);
      const found = await dataSource.getRepository(AuditEventEntity).findOneByOrFail({ actorId: 'user_1' });
      expect({ ...found }).toEqual(row);
      const head = await dataSource.getRepository(AuditHeadEntity).findOneByOrFail({ id: 1 });
      expect(head).toMatchObject({ size: 2, createdAt: row.occurredAt });
    });

    it('keeps times as they were written, whatever the time zone of server, session and process', async () => {
      const zone = process.env.TZ;
      const first = await open();
      const occurredAt = '2026-10-25T00:59:59.999999Z';
      await appendTo(first.ledger, [eventWith('a', { occurredAt })]);
      const [row] = await first.ledger.readRange(0, 1);
      try {
        for (const statement of harness.timeZones) {
          process.env.TZ = 'Pacific/Kiritimati';
          if (statement) await first.database.execute(statement);
          const other = await open();
          expect(await other.ledger.readRange(0, 1)).toEqual([row]);
          expect(row.occurredAt).toBe(occurredAt);
          const range = { occurredFrom: occurredAt, occurredUntil: '2026-10-25T01:00:00.000000Z' };
          expect(await other.ledger.findPage({ direction: 'ascending', limit: 1, ...range })).toEqual([row]);
          await appendTo(other.ledger, [eventWith(statement, { occurredAt })]);
        }
        await expectSoundLog(first.ledger, 1 + harness.timeZones.length);
      } finally {
        if (zone === undefined) delete process.env.TZ;
        else process.env.TZ = zone;
      }
    });

    describe('outbox', () => {
      const outboxOf = (storage: AuditStorage) => storage.outbox as SqlOutboxStore;
      const poison: SealableEvent[] = [
        eventWith('quotes\'"\\', { actorId: 'é🙂 \u2028' }),
        ...events('many', 250),
        { ...eventWith('sections'), sections: [{ name: 'metadata', json: '{"a":"?"}' }] },
      ];

      it('holds what a committed transaction wrote, in order', async () => {
        const storage = await open();
        const dataSource = await application();
        await dataSource.transaction((manager) => outboxOf(storage).insert(poison, manager));
        expect(await storage.outbox.count()).toBe(poison.length);
        const entries = await storage.outbox.read(1000);
        expect(entries.map(({ event }) => event)).toEqual(poison);
        expect(entries.map(({ position }) => position)).toEqual(
          entries.map(({ position }) => position).sort((a, b) => a - b),
        );

        const first = await storage.outbox.read(10);
        expect(first).toEqual(entries.slice(0, 10));
        await storage.outbox.remove(first.map(({ position }) => position));
        expect(await storage.outbox.read(1)).toEqual([entries[10]]);
        await storage.outbox.remove(entries.map(({ position }) => position));
        await storage.outbox.remove([]);
        expect(await storage.outbox.count()).toBe(0);
      });

      it('never gives a position out twice', async () => {
        const storage = await open();
        const dataSource = await application();
        await outboxOf(storage).insert(events('a', 2), dataSource);
        const [, last] = await storage.outbox.read(2);
        await storage.outbox.remove([last.position]);
        await outboxOf(storage).insert(events('b', 1), dataSource);
        const [, next] = await storage.outbox.read(2);
        expect(next.position).toBeGreaterThan(last.position);
      });

      it('shows nothing of a transaction that is open or was rolled back', async () => {
        const dataSource = await application();
        const shared = createStorage({ type: 'datasource', migrate: true }, { dataSource });
        await shared.open();
        let during: Promise<unknown> | undefined;
        await dataSource
          .transaction(async (manager) => {
            await outboxOf(shared).insert(events('a', 3), manager);
            during = Promise.all([shared.outbox.read(10), shared.outbox.count()]);
            throw new Error('the business failed');
          })
          .catch(() => undefined);
        expect(await during).toEqual([[], 0]);
        expect(await shared.outbox.count()).toBe(0);
      });
    });
  });
}

function onTable({ dialect }: SqlDatabase, table: string): string {
  return dialect.name === 'postgres' ? ` ON ${table}` : '';
}
