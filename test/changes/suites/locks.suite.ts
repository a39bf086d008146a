import type { QueryRunner } from 'typeorm';
import { ChangeWorld } from '../support/change-world.js';
import { Author, SeatEntity } from '../support/entities.js';

/** Recording makes no transaction wait for another that touches other rows, and survives the loss of a connection. */
export function locksSuite(kind: 'postgres' | 'mysql'): void {
  describe(`locks and connections on ${kind}`, () => {
    let world: ChangeWorld;

    beforeAll(async () => {
      world = await ChangeWorld.open(kind);
    });

    afterAll(() => world.close());

    afterEach(() => world.wipe());

    /** Every kind of write, to rows that carry this letter. */
    const writes = async ({ manager }: QueryRunner, letter: string) => {
      await manager.update(Author, { handle: letter }, { name: 'changed' });
      await manager.insert(SeatEntity, { hall: letter, number: 2, code: `new-${letter}` });
      await manager.upsert(Author, [{ handle: `${letter}-fresh`, name: 'n' }], ['handle']);
      await manager.upsert(Author, [{ handle: letter, name: 'upserted' }], ['handle']);
      await manager.delete(SeatEntity, { hall: letter, number: 1 });
    };

    it('transactions that touch different rows do not wait for each other', async () => {
      await world.repository(Author).insert([{ handle: 'a' }, { handle: 'm' }, { handle: 'z' }]);
      await world.repository(SeatEntity).insert(['a', 'm', 'z'].map((hall) => ({ hall, number: 1, code: hall })));
      const runners = await Promise.all(
        ['a', 'm', 'z'].map(async (letter) => {
          const runner = world.dataSource.createQueryRunner();
          await runner.query(kind === 'postgres' ? `SET lock_timeout = '2s'` : 'SET innodb_lock_wait_timeout = 2');
          await runner.startTransaction();
          return { runner, letter };
        }),
      );
      // Each one writes while all before it are still open.
      for (const { runner, letter } of runners) await writes(runner, letter);
      for (const { runner } of runners.reverse()) await runner.commitTransaction();
      for (const { runner } of runners) await runner.release();
      expect(world.errors).toEqual([]);
      expect(await world.repository(Author).count()).toBe(6);
      const events = (await world.outbox()).slice(6);
      expect(events).toHaveLength(15);
    });

    it('what was written on a connection that is lost is neither kept nor recorded', async () => {
      const runner = world.dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.insert(Author, { handle: 'lost' });
      const [{ id }] = (await runner.query(
        kind === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT CONNECTION_ID() AS id',
      )) as { id: number }[];
      await world.dataSource.query(kind === 'postgres' ? `SELECT pg_terminate_backend(${id})` : `KILL ${id}`);
      await expect(runner.commitTransaction()).rejects.toThrow();
      await runner.release().catch(() => undefined);
      expect(await world.repository(Author).count()).toBe(0);
      expect(await world.outbox()).toEqual([]);
      expect(world.delivered).toEqual([]);
      await world.repository(Author).insert({ handle: 'next' });
      expect((await world.outbox()).map(({ action }) => action)).toEqual(['author.create']);
    });
  });
}
