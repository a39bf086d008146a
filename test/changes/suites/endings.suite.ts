import { EntitySchema } from 'typeorm';
import type { EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { Author, ENTITIES, SeatEntity } from '../support/entities.js';
import { change, ChangeWorld, seen } from '../support/change-world.js';
import type { WorldKind } from '../support/change-world.js';

interface Remarked {
  id: number;
  audit_note: string;
  note: string | null;
}

const RemarkedSchema = new EntitySchema<Remarked>({
  name: 'Remarked',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    audit_note: { type: 'varchar', default: 'given' },
    note: { type: 'varchar', nullable: true },
  },
});

const silent = () => undefined;

/**
 * Transactions that end otherwise than TypeORM believes, and writes that nobody waits for: the data are what they would
 * be without the trail, and the trail tells what became of them.
 */
export function endingsSuite(kind: WorldKind): void {
  describe.each([false, true])(`endings on ${kind}, log elsewhere: %s`, (elsewhere) => {
    let world: ChangeWorld;

    beforeAll(async () => {
      world = await ChangeWorld.open(kind, { elsewhere, models: [...ENTITIES, RemarkedSchema] });
      // What is only done once for each table is done.
      const { id } = await authors().save({ handle: 'first' });
      await authors().update(id, { name: 'known' });
      await authors().delete(id);
      await world.wipe();
    });

    afterAll(() => world.close());

    afterEach(() => world.wipe());

    const authors = () => world.repository(Author);
    const names = async () => {
      const rows = await authors().find({ order: { handle: 'ASC' } });
      return rows.map(({ handle, name }) => `${handle}: ${name}`);
    };
    const events = async () => {
      const recorded = [...(await world.outbox()), ...world.delivered.map(seen)];
      return recorded.map((event) => `${event.action} ${change(event, 'name')}`);
    };
    const forgetEvents = async () => {
      await world.database.query('DELETE FROM audit_outbox');
      world.delivered.length = 0;
    };
    const subscribed = async (subscriber: EntitySubscriberInterface, work: () => Promise<unknown>) => {
      world.dataSource.subscribers.push(subscriber);
      try {
        await work();
      } finally {
        world.dataSource.subscribers.splice(world.dataSource.subscribers.indexOf(subscriber), 1);
      }
    };
    const onRunner = async (work: (runner: QueryRunner) => Promise<unknown>) => {
      const runner = world.dataSource.createQueryRunner();
      try {
        await work(runner);
      } finally {
        await runner.release();
      }
    };

    /** Whether somebody writes to the outbox just now, on MySQL. */
    const isWritingOutbox = async () => {
      const [{ n }] = (await world.dataSource.query(
        `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'INSERT INTO audit_outbox%'`,
      )) as [{ n: string | number }];
      return Number(n) > 0;
    };

    it('a failure that the application ignores: what the database keeps is recorded, and nothing else', async () => {
      await world.dataSource.transaction(async (manager) => {
        await manager.insert(Author, { handle: 'a', name: '1' });
        await manager.insert(Author, { handle: 'a', name: '2' }).catch(silent);
      });
      // PostgreSQL takes a COMMIT after a failure for a ROLLBACK, and says nothing.
      expect(await names()).toEqual(kind === 'postgres' ? [] : ['a: 1']);
      expect(await events()).toEqual(kind === 'postgres' ? [] : ['author.create ∅ → "1"']);
      expect(world.errors).toEqual([]);
    });

    it('a failure that a savepoint of the application undoes: what was written before it stays', async () => {
      await world.dataSource.transaction(async (manager) => {
        await manager.insert(Author, { handle: 'a', name: '1' });
        await manager.query('SAVEPOINT "mine"'.replaceAll('"', kind === 'mysql' ? '`' : '"'));
        await manager.insert(Author, { handle: 'b', name: '2' });
        await manager.update(Author, { handle: 'b' }, { name: '3' });
        await manager.update(Author, { handle: 'a' }, { name: '4' });
        await manager.insert(Author, { handle: 'b' }).catch(silent);
        await manager.query('ROLLBACK TO SAVEPOINT mine');
        await manager.insert(Author, { handle: 'c', name: '5' });
      });
      expect(await names()).toEqual(['a: 1', 'c: 5']);
      expect(await events()).toEqual(['author.create ∅ → "1"', 'author.create ∅ → "5"']);
    });

    it('a savepoint of the application that was set before the first write', async () => {
      await world.dataSource.transaction(async (manager) => {
        await manager.query('SAVEPOINT mine');
        await manager.insert(Author, { handle: 'b', name: '2' });
        await manager.update(Author, { handle: 'b' }, { name: '3' });
        await manager.query('ROLLBACK TO mine');
      });
      expect(await names()).toEqual([]);
      expect(await events()).toEqual([]);
    });

    it('side by side in a transaction that was begun by SQL, one of them failing: none outlives the rollback', async () => {
      await authors().insert(['a', 'b', 'c'].map((handle) => ({ handle, name: '0' })));
      await forgetEvents();
      await onRunner(async (runner) => {
        const update = (handle: string, set: { handle?: string; name?: string }) =>
          runner.manager.update(Author, { handle }, set);
        await runner.query('BEGIN');
        const writes = Promise.all([
          update('a', { handle: 'b' }),
          update('b', { name: '1' }),
          update('c', { name: '1' }),
        ]);
        await expect(writes).rejects.toThrow(/unique|duplicate/i);
        await runner.query('ROLLBACK');
      });
      expect(await names()).toEqual(['a: 0', 'b: 0', 'c: 0']);
      if (!elsewhere) expect(await events()).toEqual([]);
      expect(await world.idleInTransaction()).toBe(0);
    });

    describe('a listener that writes and does not wait for it', () => {
      const unawaited: Promise<unknown>[] = [];
      const subscriber: EntitySubscriberInterface = {
        listenTo: () => SeatEntity,
        afterInsert: ({ manager }) => void unawaited.push(manager.update(Author, { name: '0' }, { name: '1' })),
      };
      const seat = { hall: 'h', number: 1, code: 'c' };

      beforeEach(async () => {
        await authors().insert(['a', 'b'].map((handle) => ({ handle, name: '0' })));
        await forgetEvents();
      });

      afterEach(() => Promise.all(unawaited.splice(0)));

      it('in a transaction that is rolled back', async () => {
        await subscribed(subscriber, async () => {
          const failing = world.dataSource.transaction(async (manager) => {
            await manager.insert(SeatEntity, seat);
            throw new Error('boom');
          });
          await expect(failing).rejects.toThrow('boom');
        });
        await Promise.all(unawaited);
        expect(await names()).toEqual(['a: 0', 'b: 0']);
        expect(await events()).toEqual([]);
      });

      it.each(['transaction', 'save', 'insert'])('in one that is committed: %s', async (way) => {
        await subscribed(subscriber, async () => {
          if (way === 'transaction') await world.dataSource.transaction((manager) => manager.insert(SeatEntity, seat));
          else if (way === 'save') await world.repository(SeatEntity).save(seat);
          else await world.repository(SeatEntity).insert(seat);
        });
        expect(await names()).toEqual(['a: 1', 'b: 1']);
        expect((await events()).sort()).toEqual([
          'author.update "0" → "1"',
          'author.update "0" → "1"',
          'seat.create undefined',
        ]);
      });
    });

    if (kind !== 'sqlite') {
      it('a write that its listener makes impossible fails, and is not said to be done', async () => {
        await authors().insert({ handle: 'a', name: '0' });
        await forgetEvents();
        const subscriber: EntitySubscriberInterface = {
          listenTo: () => SeatEntity,
          // On MySQL a failed statement is undone alone.
          afterInsert: ({ manager }) => manager.query('SELECT * FROM nowhere').catch(silent) as Promise<void>,
        };
        await subscribed(subscriber, async () => {
          const writing = world.repository(SeatEntity).insert({ hall: 'h', number: 1, code: 'c' });
          if (kind === 'postgres') await expect(writing).rejects.toThrow('nowhere');
          else await writing;
        });
        expect(await world.repository(SeatEntity).count()).toBe(kind === 'postgres' ? 0 : 1);
        expect(await events()).toHaveLength(kind === 'postgres' ? 0 : 1);
      });
    }

    if (kind !== 'mysql') {
      it('a commit that fails: nothing is recorded of what was written just before it', async () => {
        const reference = kind === 'postgres' ? 'author' : 'author(id)';
        await world.dataSource.query(
          `CREATE TABLE IF NOT EXISTS deferred (author int REFERENCES ${reference} DEFERRABLE INITIALLY DEFERRED)`,
        );
        let done = false;
        const subscriber: EntitySubscriberInterface = {
          beforeTransactionCommit: async ({ manager }) => {
            if (done) return;
            done = true;
            await manager.insert(Author, { handle: 'late', name: 'late' });
          },
        };
        await subscribed(subscriber, async () => {
          const failing = world.dataSource.transaction(async (manager) => {
            await manager.insert(Author, { handle: 'a', name: '1' });
            await manager.query('INSERT INTO deferred VALUES (-1)');
          });
          await expect(failing).rejects.toThrow(/foreign key/i);
        });
        await world.dataSource.query('DROP TABLE deferred');
        expect(await names()).toEqual([]);
        expect(await events()).toEqual([]);
      });
    }

    if (kind === 'postgres') {
      it('columns of the application whose names begin as those of the trail', async () => {
        const repository = world.repository<Remarked>('Remarked');
        await repository.save({ note: 'x' });
        const saved = await repository.save({ note: 'y' });
        expect(saved).toMatchObject({ audit_note: 'given' });
        const update = world.dataSource.createQueryBuilder().update('Remarked').set({ note: 'z' });
        const { raw } = await update.where('id = :id', saved).returning(['audit_note', 'note']).execute();
        expect(raw).toEqual([{ audit_note: 'given', note: 'z' }]);
      });
    }

    if (kind === 'sqlite') {
      it('a statement that makes SQLite roll back: nothing is recorded of what went with it', async () => {
        await authors().insert({ handle: 'a' });
        await forgetEvents();
        const failing = world.dataSource.transaction(async (manager) => {
          await manager.insert(Author, { handle: 'b', name: '1' });
          await manager.update(Author, { handle: 'b' }, { name: '2' });
          await manager.query(`INSERT OR ROLLBACK INTO author (handle) VALUES ('a')`).catch(silent);
        });
        await expect(failing).rejects.toThrow('no transaction is active');
        expect(await names()).toEqual(['a: null']);
        expect(await events()).toEqual([]);
      });
    }

    if (kind === 'mysql') {
      it('a deadlock that the application ignores: its commit waits for nobody, and records nothing', async () => {
        await authors().insert(['a', 'b'].map((handle) => ({ handle, name: '0' })));
        await forgetEvents();
        await onRunner((victim) =>
          onRunner(async (other) => {
            await victim.query('SET innodb_lock_wait_timeout = 2');
            await victim.startTransaction();
            await other.startTransaction();
            await other.query(`UPDATE author SET name = 'x' WHERE handle = 'b'`);
            // The one that has changed less is the victim.
            await other.query(`INSERT INTO label VALUES ('1'), ('2'), ('3'), ('4')`);
            await victim.manager.update(Author, { handle: 'a' }, { name: '1' });
            await victim.manager.update(Author, { handle: 'a' }, { name: '2' });
            const waiting = other.query(`UPDATE author SET name = 'x' WHERE handle = 'a'`);
            await expect(victim.manager.update(Author, { handle: 'b' }, { name: '1' })).rejects.toThrow(/deadlock/i);
            await waiting;
            await victim.commitTransaction();
            await other.rollbackTransaction();
          }),
        );
        expect(await names()).toEqual(['a: 0', 'b: 0']);
        expect(await events()).toEqual([]);
      });

      if (!elsewhere) {
        it('a deadlock at the outbox fails the commit: what is gone is not said to be done, nor recorded', async () => {
          const { id } = await authors().save({ handle: 'a', name: '0' });
          await forgetEvents();
          await onRunner(async (other) => {
            await other.startTransaction();
            await other.query('SELECT * FROM audit_outbox FOR UPDATE');
            await other.query(`INSERT INTO label VALUES ('1'), ('2'), ('3'), ('4')`);
            const commit = world.dataSource.transaction((manager) => manager.update(Author, id, { name: '1' }));
            const outcome = expect(commit).rejects.toThrow(/deadlock/i);
            while (!(await isWritingOutbox())) await new Promise((resolve) => setImmediate(resolve));
            await other.query(`UPDATE author SET name = 'x' WHERE handle = 'a'`);
            await outcome;
            await other.rollbackTransaction();
          });
          expect(await names()).toEqual(['a: 0']);
          expect([await events(), world.delivered]).toEqual([[], []]);
          expect(world.errors.filter(({ doing }) => doing.includes('before a rollback'))).toEqual([]);
          world.errors.length = 0;
        });
      }

      it('DDL commits what was written before it, whatever comes of the transaction', async () => {
        const failing = world.dataSource.transaction(async (manager) => {
          await manager.insert(Author, { handle: 'a', name: '1' });
          await manager.query('CREATE TABLE IF NOT EXISTS other (id int)');
          await manager.update(Author, { handle: 'a' }, { name: '2' });
          throw new Error('boom');
        });
        await expect(failing).rejects.toThrow('boom');
        expect(await names()).toEqual(['a: 2']);
        expect(await events()).toEqual(['author.create ∅ → "1"', 'author.update "1" → "2"']);
      });
    }
  });
}
