import type { SealableEvent } from '../../lib/event/sealable-event.js';
import { Ledger } from '../../lib/ledger/ledger.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { SqlDialectName } from '../../lib/storage/typeorm/dialect/index.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import type { FreshDatabase } from '../support/databases.js';
import { appendLockedTo, appendTo, events, expectSoundLog } from '../support/log-writer.js';

export interface StatementFaultHarness {
  readonly name: string;
  fresh(): Promise<FreshDatabase>;
  storage(location: string): AuditStorage;
}

const LIST = [...events('a', 3), ...events('o', 2, 'other'), ...events('z', 1)];

/** Each statement of an append fails in its turn: nothing of the batch is written, and the next append works. */
export function describeStatementFaults({ name, fresh, storage: make }: StatementFaultHarness): void {
  describe(`statement faults: ${name}`, () => {
    let place: FreshDatabase;
    let storage: AuditStorage & { database: SqlDatabase };

    beforeEach(async () => {
      place = await fresh();
      storage = make(place.location) as typeof storage;
      await storage.open();
      await appendLockedTo(storage.ledger, [...events('first', 2), ...events('first-o', 1, 'other')]);
    });
    afterEach(async () => {
      await storage.close();
      await place.drop();
    });

    /** A trigger that fails a statement; where a value is given, only for the row that has it. */
    const FAULTS = [
      { at: 'moving the head', table: 'audit_head', operation: 'UPDATE' },
      { at: 'the head of a known stream', table: 'audit_stream', operation: 'UPDATE' },
      { at: 'the first record', table: 'audit_event', operation: 'INSERT', column: 'event_id', value: 'a-0' },
      { at: 'a record in the middle', table: 'audit_event', operation: 'INSERT', column: 'event_id', value: 'o-1' },
      { at: 'the last record', table: 'audit_event', operation: 'INSERT', column: 'event_id', value: 'z-0' },
    ] as const;
    const WAYS = [
      ['append', (list: readonly SealableEvent[]) => appendTo(storage.ledger, list)],
      ['appendLocked', (list: readonly SealableEvent[]) => appendLockedTo(storage.ledger, list)],
      ['the ledger', (list: readonly SealableEvent[]) => new Ledger(storage.ledger).append(list)],
    ] as const;

    describe.each(FAULTS)('at $at', (fault) => {
      it.each(WAYS)('%s writes nothing', async (_, append) => {
        const { database } = storage;
        const condition = 'column' in fault ? `NEW.${fault.column} = '${fault.value}'` : '1 = 1';
        const { create, drop } = failingTrigger(database.dialect.name, fault.table, fault.operation, condition);
        for (const sql of create) await database.execute(sql);

        await expect(append(LIST)).rejects.toMatchObject({ name: 'StoreError', message: /made to fail/ });
        expect(await storage.ledger.findSealed(LIST.map(({ id }) => id))).toEqual([]);
        await expectSoundLog(storage.ledger, 3);

        for (const sql of drop) await database.execute(sql);
        await append(LIST);
        await expectSoundLog(storage.ledger, 9);
      });
    });
  });
}

function failingTrigger(dialect: SqlDialectName, table: string, operation: string, condition: string) {
  const trigger = `CREATE TRIGGER fault BEFORE ${operation} ON ${table} FOR EACH ROW`;
  switch (dialect) {
    case 'sqlite':
      return {
        create: [`${trigger} WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'made to fail'); END`],
        drop: ['DROP TRIGGER fault'],
      };
    case 'mysql':
      return {
        create: [
          `${trigger} BEGIN IF ${condition} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'made to fail'; END IF; END`,
        ],
        drop: ['DROP TRIGGER fault'],
      };
    case 'postgres':
      return {
        create: [
          "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'made to fail'; END $$",
          `${trigger} WHEN (${condition}) EXECUTE FUNCTION fault()`,
        ],
        drop: [`DROP TRIGGER fault ON ${table}`, 'DROP FUNCTION fault()'],
      };
  }
}
