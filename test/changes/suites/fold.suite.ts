import fc from 'fast-check';
import { ChangeWorld } from '../support/change-world.js';
import type { WorldKind } from '../support/change-world.js';
import { fold, printed, tables } from '../support/fold.js';
import { FOLD_ENTITIES } from '../support/fold-entities.js';
import { programs, runProgram } from '../support/random-programs.js';

const TIMEOUT_MS = 10 * 60_000;

/** Random transactions: the trail, played from the beginning, gives exactly the tables. */
export function foldSuite(kind: WorldKind, runs: { alone: number; sideBySide: number }): void {
  describe(`random transactions on ${kind}`, () => {
    let world: ChangeWorld;
    let transactions = 0;

    beforeAll(async () => {
      // Programs that run side by side do run into each other.
      const more = kind === 'postgres' ? { extra: { options: '-c deadlock_timeout=20ms' } } : {};
      world = await ChangeWorld.open(kind, { models: FOLD_ENTITIES, more });
    });

    afterAll(async () => {
      await world.close();
      process.stderr.write(`${kind}: ${transactions} random transactions\n`);
    });

    const check = async (program: Parameters<typeof runProgram>[1]) => {
      await world.wipe();
      transactions += await runProgram(world.dataSource.manager, program);
      const { state, contradictions } = fold(await world.outbox());
      expect(contradictions).toEqual([]);
      expect(printed(state)).toEqual(printed(await tables(world.dataSource)));
      expect(world.errors).toEqual([]);
    };

    it(
      'one after the other',
      async () => {
        await fc.assert(fc.asyncProperty(programs(1), check), { numRuns: runs.alone });
      },
      TIMEOUT_MS,
    );

    it(
      'side by side',
      async () => {
        await fc.assert(fc.asyncProperty(programs(4), check), { numRuns: runs.sideBySide });
      },
      TIMEOUT_MS,
    );
  });
}
