import { DataSource } from 'typeorm';
import type { EntitySubscriberInterface } from 'typeorm';
import { Article, Author, Comment, ENTITIES, Ruling, SeatEntity } from '../support/entities.js';
import { change, ChangeWorld, dataSourceOptions, seen, summary } from '../support/change-world.js';
import type { WorldKind } from '../support/change-world.js';
import { ChangeNotRecordedError } from '../../../lib/changes/change-not-recorded.error.js';
import { ChangeReasonRequiredError } from '../../../lib/changes/change-reason-required.error.js';

/** What is recorded lives and dies with the data. */
export function transactionsSuite(kind: WorldKind): void {
  describe(`transactions on ${kind}`, () => {
    let world: ChangeWorld;

    beforeAll(async () => {
      world = await ChangeWorld.open(kind);
    });

    afterAll(() => world.close());

    afterEach(() => world.wipe());

    /** Adds a subscriber of the application for the length of some work. */
    const subscribed = async (subscriber: EntitySubscriberInterface, work: () => Promise<unknown>) => {
      world.dataSource.subscribers.push(subscriber);
      try {
        await work();
      } finally {
        world.dataSource.subscribers.splice(world.dataSource.subscribers.indexOf(subscriber), 1);
      }
    };
    const authors = () => world.repository(Author);
    const titles = async () => (await world.outbox()).map((event) => `${event.action} ${change(event, 'name')}`);
    const boom = () => Promise.reject(new Error('boom'));

    it('writes the events of a transaction by one insert before its commit', async () => {
      const statements: string[] = [];
      const subscriber = { beforeQuery: ({ query }: { query: string }) => void statements.push(query) };
      await subscribed(subscriber, () =>
        world.dataSource.transaction(async (manager) => {
          await manager.save(Author, { handle: 'a', name: '1' });
          await manager.update(Author, { handle: 'a' }, { name: '2' });
          await manager.save(Author, { handle: 'b', name: '3' });
          expect(statements.filter((sql) => sql.includes('audit_outbox'))).toEqual([]);
        }),
      );
      const inserts = statements.filter((sql) => sql.includes('INSERT INTO audit_outbox'));
      // On SQLite they go past TypeORM.
      expect(inserts).toHaveLength(kind === 'sqlite' ? 0 : 1);
      expect(statements.at(-1)).toBe('COMMIT');
      const events = await world.outbox();
      expect(await titles()).toEqual(['author.create ∅ → "1"', 'author.update "1" → "2"', 'author.create ∅ → "3"']);
      expect(new Set(events.map(({ context }) => context.transactionId)).size).toBe(1);
      expect(world.commits).toBe(1);
    });

    if (kind === 'postgres') {
      it('has the statement itself return its rows, once the table is known', async () => {
        const { id } = await authors().save({ handle: 'a', name: '0' });
        await authors().update(id, { name: '1' });
        const statements: string[] = [];
        const subscriber = { beforeQuery: ({ query }: { query: string }) => void statements.push(query) };
        await subscribed(subscriber, () => authors().update(id, { name: '2' }));
        expect(statements.map((sql) => /^\w+/.exec(sql)?.[0])).toEqual([
          'START',
          expect.stringMatching(/UPDATE|WITH/),
          'SAVEPOINT',
          'COMMIT',
        ]);
        expect(await titles()).toEqual(['author.create ∅ → "0"', 'author.update "0" → "1"', 'author.update "1" → "2"']);
      });
    }

    it('keeps values that look like the end of a string', async () => {
      const names = [
        "'); DROP TABLE author; --",
        "$audit$ || '",
        '$audit$ $audit0$',
        '\\\'"\\',
        '😀é\u2028',
        'a',
        'b',
        'c',
        'd',
        'e',
      ];
      await authors().insert(names.map((name, n) => ({ handle: `h${n}`, name })));
      expect((await world.outbox()).map((event) => change(event, 'name'))).toEqual(
        names.map((name) => `∅ → ${JSON.stringify(name)}`),
      );
    });

    it('rolled back, not recorded', async () => {
      await expect(
        world.dataSource.transaction(async (manager) => {
          await manager.save(Author, { handle: 'a' });
          await boom();
        }),
      ).rejects.toThrow('boom');
      expect(await authors().count()).toBe(0);
      expect(await world.outbox()).toEqual([]);
      expect(world.commits).toBe(0);
    });

    it('a savepoint that is rolled back takes its events with it, the others stay', async () => {
      await world.dataSource.transaction(async (manager) => {
        const author = await manager.save(Author, { handle: 'a', name: '0' });
        await manager.transaction(async (inner) => {
          await inner.update(Author, author.id, { name: 'kept' });
          await inner
            .transaction(async (deepest) => {
              await deepest.update(Author, author.id, { name: 'undone' });
              await deepest.save(Author, { handle: 'never' });
              await boom();
            })
            .catch(() => undefined);
        });
        await manager
          .transaction(async (inner) => {
            await inner.delete(Author, author.id);
            await boom();
          })
          .catch(() => undefined);
        await manager.update(Author, author.id, { name: 'last' });
      });
      expect(await titles()).toEqual([
        'author.create ∅ → "0"',
        'author.update "0" → "kept"',
        'author.update "kept" → "last"',
      ]);
      expect(await authors().find()).toMatchObject([{ name: 'last' }]);
    });

    it('a row that is written, undone by a savepoint and not written again shows what it was left as', async () => {
      const { id } = await authors().save({ handle: 'a', name: '0' });
      const events = await world.recordedBy(() =>
        world.dataSource.transaction(async (manager) => {
          await manager.update(Author, id, { name: '1' });
          await manager
            .transaction(async (inner) => {
              await inner.update(Author, id, { name: '2' });
              await boom();
            })
            .catch(() => undefined);
        }),
      );
      expect(events.map((event) => change(event, 'name'))).toEqual(['"0" → "1"']);
    });

    it('a row that comes back to what it was records nothing at the end of the day', async () => {
      const { id } = await authors().save({ handle: 'a', name: '0' });
      const events = await world.recordedBy(() =>
        world.dataSource.transaction(async (manager) => {
          await manager.query(`UPDATE author SET name = 'x' WHERE id = ${id}`);
          await manager.update(Author, id, { name: 'x' });
        }),
      );
      expect(events).toEqual([]);
    });

    it('created and deleted in one transaction: both are told', async () => {
      const events = await world.recordedBy(() =>
        world.dataSource.transaction(async (manager) => {
          const author = await manager.save(Author, { handle: 'a', name: 'brief' });
          await manager.delete(Author, author.id);
        }),
      );
      expect(events.map((event) => `${event.action} ${change(event, 'name')}`)).toEqual([
        'author.create ∅ → "brief"',
        'author.delete "brief" → ∅',
      ]);
    });

    it('rows that take the place of others that were moved or deleted in the same transaction', async () => {
      const seats = world.repository(SeatEntity);
      const rows = [1, 2].map((number) => ({ hall: 'h', number, code: `c${number}` }));
      await seats.insert(rows);
      const before = (await world.outbox()).length;
      await world.dataSource.transaction(async (manager) => {
        await manager.update(SeatEntity, { hall: 'h', number: 1 }, { number: 3, code: 'c3' });
        await manager.delete(SeatEntity, { hall: 'h', number: 2 });
        await manager.upsert(SeatEntity, rows, ['hall', 'number']);
      });
      const events = (await world.outbox()).slice(before);
      expect(events.map((event) => `${event.action} ${change(event, 'number')}`)).toEqual([
        'seat.update 1 → 3',
        'seat.delete 2 → ∅',
        'seat.create ∅ → 1',
        'seat.create ∅ → 2',
      ]);
    });

    if (kind !== 'sqlite') {
      it('a row of somebody else that two upserts of one transaction meet was not created by it', async () => {
        const runner = world.dataSource.createQueryRunner();
        await runner.startTransaction();
        await runner.manager.count(Author);
        await authors().insert({ handle: 'a', name: 'theirs' });
        for (let n = 0; n < 2; n++) {
          const insert = runner.manager.createQueryBuilder().insert().into(Author);
          await insert.values({ handle: 'a', name: 'ours' }).orIgnore().updateEntity(false).execute();
        }
        await runner.commitTransaction();
        await runner.release();
        expect(await titles()).toEqual(['author.create ∅ → "theirs"']);
      });
    }

    it('a statement that fails on its own records nothing and leaves no transaction open', async () => {
      await authors().save({ handle: 'a' });
      await expect(authors().insert({ handle: 'a' })).rejects.toThrow(/unique|duplicate/i);
      await expect(authors().update({ handle: 'a' }, { handle: null as never })).rejects.toThrow(/null/i);
      expect((await world.outbox()).map(({ action }) => action)).toEqual(['author.create']);
      await authors().save({ handle: 'b' });
      expect(await authors().count()).toBe(2);
    });

    it('writes side by side in one transaction', async () => {
      await world.dataSource.transaction(async (manager) => {
        const author = await manager.save(Author, { handle: 'a', name: '0' });
        await Promise.all(
          ['1', '2', '3'].map((name) =>
            manager.createQueryBuilder().update(Author).set({ name }).whereInIds(author.id).execute(),
          ),
        );
      });
      expect(await titles()).toEqual([
        'author.create ∅ → "0"',
        'author.update "0" → "1"',
        'author.update "1" → "2"',
        'author.update "2" → "3"',
      ]);
    });

    it('writes side by side of which one fails: none outlives the rollback', async () => {
      const [a, b, c] = await authors().save(['a', 'b', 'c'].map((handle) => ({ handle, name: '0' })));
      const before = await world.outbox();
      const sideBySide = world.dataSource.transaction((manager) =>
        Promise.all([
          manager.update(Author, a.id, { handle: 'b' }),
          manager.update(Author, b.id, { name: 'late' }),
          manager.update(Author, c.id, { name: 'late' }),
        ]),
      );
      await expect(sideBySide).rejects.toThrow(/unique|duplicate/i);
      expect((await authors().find()).map(({ name }) => name)).toEqual(['0', '0', '0']);
      expect(await world.outbox()).toEqual(before);
      expect(await world.idleInTransaction()).toBe(0);
    });

    it('saves side by side on a runner without a transaction: one begins it and ends it', async () => {
      const runner = world.dataSource.createQueryRunner();
      await runner.connect();
      await Promise.all(['a', 'b', 'c'].map((handle) => runner.manager.save(Author, { handle, name: handle })));
      expect(runner.isTransactionActive).toBe(false);
      await runner.release();
      expect(await world.idleInTransaction()).toBe(0);
      expect(await authors().count()).toBe(3);
      expect((await titles()).sort()).toEqual(['a', 'b', 'c'].map((name) => `author.create ∅ → "${name}"`));
    });

    it('a runner that is released while a write is going on goes back without a transaction', async () => {
      const { id } = await authors().save({ handle: 'a', name: '0' });
      const runner = world.dataSource.createQueryRunner();
      await runner.connect();
      const write = runner.manager.update(Author, id, { name: '1' });
      await runner.release();
      await write;
      expect(await world.idleInTransaction()).toBe(0);
      expect(await titles()).toEqual(['author.create ∅ → "0"', 'author.update "0" → "1"']);
    });

    it('a transaction that was begun by SQL is joined, not ended', async () => {
      const runner = world.dataSource.createQueryRunner();
      await runner.query('BEGIN');
      await runner.manager.getRepository(Author).insert({ handle: 'undone', name: 'u' });
      await runner.query('ROLLBACK');
      expect(await world.outbox()).toEqual([]);
      await runner.query('BEGIN');
      await runner.manager.getRepository(Author).insert({ handle: 'done', name: 'd' });
      await runner.manager.getRepository(Author).update({ handle: 'done' }, { name: 'e' });
      await runner.query('COMMIT');
      await runner.release();
      expect(await titles()).toEqual(['author.create ∅ → "d"', 'author.update "d" → "e"']);
    });

    it('a runner that is used without a transaction', async () => {
      const runner = world.dataSource.createQueryRunner();
      await runner.manager.getRepository(Author).insert({ handle: 'a', name: 'n' });
      await runner.manager.save(Author, { handle: 'b', name: 'm' });
      expect(runner.isTransactionActive).toBe(false);
      await runner.release();
      expect(await titles()).toEqual(['author.create ∅ → "n"', 'author.create ∅ → "m"']);
    });

    it('a subscriber of the application that writes just before the commit', async () => {
      let done = false;
      const subscriber: EntitySubscriberInterface = {
        beforeTransactionCommit: async ({ manager }) => {
          if (done) return;
          done = true;
          await manager.getRepository(Author).insert({ handle: 'late', name: 'late' });
        },
      };
      await subscribed(subscriber, () =>
        world.dataSource.transaction((manager) => manager.insert(Author, { handle: 'a', name: 'early' })),
      );
      expect((await titles()).sort()).toEqual(['author.create ∅ → "early"', 'author.create ∅ → "late"']);
    });

    it('a listener of the application that writes while a write is going on', async () => {
      const subscriber: EntitySubscriberInterface = {
        listenTo: () => SeatEntity,
        beforeUpdate: async ({ manager }) => {
          await manager.getRepository(Author).insert({ handle: 'from-listener' });
        },
      };
      await subscribed(subscriber, async () => {
        await world.repository(SeatEntity).insert({ hall: 'H', number: 1, code: 'c' });
        await world.repository(SeatEntity).update({ hall: 'H' }, { price: 2 });
      });
      expect((await world.outbox()).map(({ action }) => action).sort()).toEqual([
        'author.create',
        'seat.create',
        'seat.update',
      ]);
    });

    it('a listener that throws after the statement: what stays in force is recorded', async () => {
      const subscriber: EntitySubscriberInterface = {
        listenTo: () => Author,
        afterInsert: () => {
          throw new Error('listener');
        },
        afterUpdate: () => {
          throw new Error('listener');
        },
      };
      await subscribed(subscriber, async () => {
        await expect(authors().insert([{ handle: 'a', name: '1' }, { handle: 'b' }])).rejects.toThrow('listener');
        await expect(authors().update({ handle: 'a' }, { name: '2' })).rejects.toThrow('listener');
        await world.dataSource.transaction(async (manager) => {
          await manager.update(Author, { handle: 'a' }, { name: '3' }).catch(() => undefined);
        });
        await expect(authors().save({ handle: 'c' })).rejects.toThrow('listener');
      });
      expect(await authors().find({ order: { handle: 'ASC' } })).toMatchObject([{ name: '3' }, { handle: 'b' }]);
      expect(await titles()).toEqual([
        'author.create ∅ → "1"',
        'author.create undefined',
        'author.update "1" → "2"',
        'author.update "2" → "3"',
      ]);
    });

    it('writes of the right context, also late in the transaction of another', async () => {
      const alice = { actor: { type: 'user', id: 'alice' }, context: { requestId: 'r-a' }, reason: 'because' };
      const bob = { actor: { type: 'user', id: 'bob' }, tenant: { id: 't1' } };
      await world.as(alice, () =>
        world.dataSource.transaction(async (manager) => {
          await manager.insert(Author, { handle: 'a' });
          await world.as(bob, () => manager.insert(Author, { handle: 'b' }));
          await manager.update(Author, { handle: 'a' }, { name: 'x' });
        }),
      );
      await world.as({ metadata: { run: 7, cause: 'mine' } }, () =>
        authors().update({ handle: 'a' }, { name: 'nobody' }),
      );
      const events = await world.outbox();
      expect(events[3].metadata).toEqual({ run: 7, cause: 'mine' });
      expect(events.map(({ actor }) => actor.id ?? actor.type)).toEqual(['alice', 'bob', 'alice', 'system']);
      expect(events[0].context.requestId).toBe('r-a');
      expect(events[0].metadata).toEqual({ reason: 'because' });
      expect(events[1].context.requestId).toBeUndefined();
    });

    it('tells each context how many of its changes were recorded, once they are committed', async () => {
      const counts: number[] = [];
      const context = { actor: { type: 'user', id: 'alice' }, changed: (count: number) => void counts.push(count) };
      await world.as(context, () =>
        world.dataSource.transaction(async (manager) => {
          await manager.insert(Author, [{ handle: 'a' }, { handle: 'b' }]);
          await manager.transaction((inner) => inner.delete(Author, { handle: 'b' }).then(boom)).catch(() => undefined);
          expect(counts).toEqual([]);
        }),
      );
      expect(counts).toEqual([2]);
      await world
        .as(context, () =>
          world.dataSource.transaction((manager) => manager.insert(Author, { handle: 'c' }).then(boom)),
        )
        .catch(() => undefined);
      expect(counts).toEqual([2]);
    });

    it('waits for an actor that is still being found', async () => {
      let actor: { type: string; id: string } | undefined;
      const context = {
        get actor() {
          return actor;
        },
        settle: async () => {
          await Promise.resolve();
          actor = { type: 'user', id: 'found' };
        },
      };
      await world.as(context, () => authors().insert({ handle: 'a' }));
      expect((await world.outbox())[0].actor).toEqual({ type: 'user', id: 'found' });
    });

    it('refuses a change without a reason where one is required', async () => {
      const rulings = world.repository(Ruling);
      await expect(rulings.save({ text: 'guilty' })).rejects.toThrow(ChangeReasonRequiredError);
      expect(await rulings.count()).toBe(0);
      const { id } = await world.as({ reason: { code: 'verdict' } }, () => rulings.save({ text: 'guilty' }));
      await expect(rulings.delete(id)).rejects.toThrow(/annotate\(\{ reason \}\)/);
      await expect(rulings.clear()).rejects.toThrow(ChangeReasonRequiredError);
      expect(await rulings.count()).toBe(1);
    });

    it('an event of the application commits and rolls back with the data, in order', async () => {
      await world.dataSource.transaction(async (manager) => {
        await manager.insert(Author, { handle: 'a' });
        await world.capture.log(manager, { action: 'author.approve', resource: { type: 'author', id: 'a' } });
        await manager.insert(Author, { handle: 'b' });
        await manager
          .transaction(async (inner) => {
            await world.capture.log(inner, { action: 'never' });
            await boom();
          })
          .catch(() => undefined);
      });
      await world.dataSource
        .transaction(async (manager) => {
          await world.capture.log(manager, { action: 'never' });
          await boom();
        })
        .catch(() => undefined);
      await world.capture.log(world.dataSource.manager, { action: 'outside' });
      const events = await world.outbox();
      expect(events.map(({ action }) => action)).toEqual([
        'author.create',
        'author.approve',
        'author.create',
        'outside',
      ]);
      expect(events[1].context.transactionId).toBe(events[0].context.transactionId);
    });

    it('a long transaction does not hold everything in memory, savepoints included', async () => {
      await world.dataSource.transaction(async (manager) => {
        for (let n = 0; n < 3; n++) {
          await manager.insert(
            SeatEntity,
            Array.from({ length: 700 }, (_, i) => ({ hall: `h${n}`, number: i, code: `${n}-${i}` })),
          );
        }
        await manager
          .transaction(async (inner) => {
            for (let n = 0; n < 3; n++) await inner.update(SeatEntity, { hall: `h${n}` }, { price: 5 });
            await boom();
          })
          .catch(() => undefined);
        await manager.update(SeatEntity, { hall: 'h1', number: 1 }, { price: 7 });
      });
      const events = await world.outbox();
      expect(events).toHaveLength(2101);
      expect(events.at(-1)?.changes).toEqual([{ path: 'price', old: 0, new: 7 }]);
      expect(events.every(({ changes }) => changes.every(({ path, new: now }) => path !== 'price' || now !== 5))).toBe(
        true,
      );
    });

    describe('when the outbox cannot be written', () => {
      beforeEach(() => world.dataSource.query('ALTER TABLE audit_outbox RENAME TO hidden_outbox'));
      afterEach(() => world.dataSource.query('ALTER TABLE hidden_outbox RENAME TO audit_outbox'));

      it('the transaction goes on, and its events are handed over after its commit', async () => {
        await world.dataSource.transaction(async (manager) => {
          await manager.insert(Author, { handle: 'a' });
          expect(world.delivered).toEqual([]);
        });
        expect(await authors().count()).toBe(1);
        expect(world.delivered.map((event) => seen(event).action)).toEqual(['author.create']);
        expect(world.errors.map(({ doing }) => doing)).toEqual(['write 1 entity changes to audit_outbox']);
      });

      it('a transaction that is rolled back hands over nothing', async () => {
        await world.dataSource
          .transaction((manager) => manager.insert(Author, { handle: 'a' }).then(boom))
          .catch(() => undefined);
        expect(world.delivered).toEqual([]);
      });

      it('in strict durability the transaction fails', async () => {
        const strict = await ChangeWorld.open(kind, { strict: true });
        try {
          await strict.dataSource.query('DROP TABLE audit_outbox');
          for (const write of [
            () => strict.repository(Author).save({ handle: 'a' }),
            () => strict.repository(Author).insert({ handle: 'b' }),
          ]) {
            const error = await write().catch((reason: unknown) => reason as ChangeNotRecordedError);
            expect(error).toBeInstanceOf(ChangeNotRecordedError);
            expect(error).toMatchObject({
              code: 'AUDIT_CHANGE_NOT_RECORDED',
              message: expect.stringMatching(/write 1 entity changes to audit_outbox: .*rolled back.*migrations/),
              cause: { message: expect.stringContaining('audit_outbox') },
            });
          }
          expect(await strict.repository(Author).count()).toBe(0);
        } finally {
          await strict.close();
        }
      });

      it('in strict durability a commit that is tried again fails again', async () => {
        const strict = await ChangeWorld.open(kind, { strict: true });
        const runner = strict.dataSource.createQueryRunner();
        try {
          await strict.dataSource.query('DROP TABLE audit_outbox');
          await runner.startTransaction();
          await runner.manager.insert(Author, { handle: 'a' });
          for (let attempt = 0; attempt < 2; attempt++) {
            await expect(runner.commitTransaction()).rejects.toThrow(ChangeNotRecordedError);
          }
          await runner.rollbackTransaction();
          expect(await strict.repository(Author).count()).toBe(0);
        } finally {
          await runner.release();
          await strict.close();
        }
      });
    });

    describe('when the log is kept elsewhere', () => {
      let elsewhere: ChangeWorld;

      beforeAll(async () => {
        elsewhere = await ChangeWorld.open(kind, { elsewhere: true });
      });

      afterAll(() => elsewhere.close());

      afterEach(() => elsewhere.wipe());

      const delivered = () => summary(elsewhere.delivered.map(seen));

      it('hands events over after the real commit only, not at the release of a savepoint', async () => {
        await elsewhere.dataSource.transaction(async (manager) => {
          await manager.transaction((inner) => inner.insert(Author, { handle: 'a' }));
          await manager.transaction((inner) => inner.insert(Author, { handle: 'b' }).then(boom)).catch(() => undefined);
          expect(elsewhere.delivered).toEqual([]);
        });
        expect(delivered()).toHaveLength(1);
        expect(await elsewhere.outbox()).toEqual([]);
      });

      it('hands over nothing of a rollback, and single writes at once', async () => {
        await elsewhere.dataSource
          .transaction((manager) => manager.insert(Author, { handle: 'a' }).then(boom))
          .catch(() => undefined);
        expect(delivered()).toEqual([]);
        await elsewhere.repository(Author).insert({ handle: 'b' });
        expect(delivered()).toHaveLength(1);
      });
    });

    it('a DataSource that is initialised later, and again, and unregistered', async () => {
      const later = new DataSource({ ...dataSourceOptions(kind, world.place.location), entities: ENTITIES });
      const repository = () => later.getRepository(Author);
      world.capture.register(later);
      await later.initialize();
      await repository().insert({ handle: 'first' });
      await later.destroy();
      await later.initialize();
      await repository().insert({ handle: 'second' });
      expect(world.delivered).toHaveLength(2);
      world.capture.unregister(later);
      await repository().insert({ handle: 'third' });
      await later.transaction((manager) => manager.save(Author, { handle: 'fourth' }));
      expect(world.delivered).toHaveLength(2);
      expect(Object.hasOwn(later, 'initialize')).toBe(false);
      expect(later.subscribers).toEqual([]);
      await later.destroy();
    });

    it('leaves other DataSources alone', async () => {
      const other = new DataSource({ ...dataSourceOptions(kind, world.place.location), entities: ENTITIES });
      await other.initialize();
      await other.getRepository(Author).insert({ handle: 'unseen' });
      await authors().insert({ handle: 'seen' });
      await other.destroy();
      const events = await world.outbox();
      expect(events.map((event) => change(event, 'handle'))).toEqual(['∅ → "seen"']);
    });

    it('entities and exclude choose what is recorded', async () => {
      const chosen = await ChangeWorld.open(kind, { exclude: ['Comment'] });
      try {
        const article = await chosen.repository(Article).save({ title: 't' });
        await chosen.repository(Comment).save({ text: 'c', article });
        await chosen.repository(Article).delete(article.id);
        expect((await chosen.outbox()).map(({ action }) => action)).toEqual(['article.create', 'article.delete']);
      } finally {
        await chosen.close();
      }
    });
  });
}
