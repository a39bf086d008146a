import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { SqlOutboxStore } from '../../lib/storage/typeorm/outbox/sql-outbox-store.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { cursorAt, receipt } from '../support/delivery/receipts.js';
import { appendLockedTo, appendTo, events, expectSoundLog, readAll } from '../support/log-writer.js';

export interface RoleHarness {
  readonly name: string;
  readonly type: 'postgres' | 'mysql';
  /** Makes a place with the tables, runs the shipped SQL and makes a user of each role. */
  create(): Promise<{ owner: string; writer: string; reader: string; discarder: string; drop(): Promise<void> }>;
}

/** The shipped roles: the library works as the writer, and the writer cannot undo what it wrote. */
export function describeRoles(harness: RoleHarness): void {
  describe(`roles: ${harness.name}`, () => {
    const opened: AuditStorage[] = [];
    let place: Awaited<ReturnType<RoleHarness['create']>>;
    let writer: AuditStorage & { database: SqlDatabase };
    let reader: AuditStorage & { database: SqlDatabase };

    const open = async (url: string) => {
      const storage = createStorage({ type: harness.type, url }) as typeof writer;
      opened.push(storage);
      await storage.open();
      return storage;
    };

    beforeAll(async () => {
      place = await harness.create();
      writer = await open(place.writer);
      reader = await open(place.reader);
    });
    afterAll(async () => {
      await Promise.all(opened.map((storage) => storage.close()));
      await place?.drop();
    });

    it('lets the writer do all that the library does', async () => {
      expect(await appendTo(writer.ledger, events('a', 3))).toBe(true);
      await appendLockedTo(writer.ledger, events('b', 2, 'other'));
      await expectSoundLog(writer.ledger, 5);
      expect(await writer.leases.acquire('job', 'me', 1000)).toBe(true);
      expect(await writer.leases.release('job', 'me')).toBe(true);
      const outbox = writer.outbox as SqlOutboxStore;
      await outbox.insert(events('c', 1), writer.database.dataSource);
      const [entry] = await outbox.read(1);
      await outbox.remove([entry.position]);
      const columns = ['size', 'root', 'note', 'created_at'];
      const insert = writer.database.dialect.insertIgnore('audit_checkpoint', columns);
      expect(await writer.database.execute(insert, [5, 'r', 'n', 't'])).toBe(1);
      expect(await writer.database.execute("UPDATE audit_checkpoint SET anchored_at = 'now' WHERE size = 5")).toBe(1);
    });

    const FORBIDDEN = [
      "UPDATE audit_event SET action = 'x'",
      'UPDATE audit_event SET sections = NULL',
      'DELETE FROM audit_event',
      'TRUNCATE TABLE audit_event',
      'DROP TABLE audit_event',
      'ALTER TABLE audit_event ADD extra integer',
      'DELETE FROM audit_head',
      'DELETE FROM audit_stream',
      'DELETE FROM audit_checkpoint',
      "UPDATE audit_checkpoint SET root = 'x'",
      "UPDATE audit_tile SET root = 'x'",
      harness.type === 'postgres'
        ? 'ALTER TABLE audit_event DISABLE TRIGGER ALL'
        : 'DROP TRIGGER audit_event_no_update',
    ];

    it.each(FORBIDDEN)('forbids the writer: %s', async (sql) => {
      await expect(writer.database.execute(sql)).rejects.toThrow(/denied|must be owner/);
    });

    it('lets the reader read and nothing else', async () => {
      await expectSoundLog(reader.ledger, 5);
      expect(await reader.outbox.count()).toBe(0);
      const refused = { name: 'StoreError', reason: 'schema', transient: true };
      await expect(appendTo(reader.ledger, events('x', 1))).rejects.toMatchObject(refused);
      await expect(appendLockedTo(reader.ledger, events('x', 1))).rejects.toMatchObject(refused);
      await expect(reader.leases.acquire('job', 'me', 1000)).rejects.toMatchObject(refused);
      await expectSoundLog(reader.ledger, 5);
    });

    it('lets the discarder let go of what was delivered, and of nothing else', async () => {
      const rows = await readAll(writer.ledger);
      await writer.delivery.commit(cursorAt(3), rows.slice(0, 3).map(receipt));
      await expect(writer.ledger.discardBelow!(3, { keepSections: false })).rejects.toThrow(/denied/);
      const discarder = await open(place.discarder);
      await expect(discarder.ledger.discardBelow!(4, { keepSections: false })).rejects.toThrow(/append-only/);
      for (const column of ['hash', 'leaf_hash', 'event_id', 'occurred_at']) {
        await expect(discarder.database.execute(`UPDATE audit_event SET ${column} = 'x'`)).rejects.toThrow(/denied/);
      }
      expect(await readAll(writer.ledger)).toEqual(rows);
      expect(await discarder.ledger.discardBelow!(3, { keepSections: false })).toBe(3);
      expect((await readAll(writer.ledger)).map(({ record }) => record === '')).toEqual([
        true,
        true,
        true,
        false,
        false,
      ]);
    });
  });
}
