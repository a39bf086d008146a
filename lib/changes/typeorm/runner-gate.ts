import type { QueryRunner } from 'typeorm';
import type { RunnerSections } from './runner-sections.js';

type Method = (this: QueryRunner, ...args: unknown[]) => Promise<unknown>;
export type Gated = 'query' | 'startTransaction' | 'commitTransaction' | 'rollbackTransaction' | 'release';

/**
 * Has methods of a runner wait for the section that is under way on it.
 *
 * @param passes calls that need not wait
 * @returns what undoes it
 */
export function gate(
  runner: QueryRunner,
  names: readonly Gated[],
  sections: RunnerSections,
  passes: (args: unknown[]) => boolean = () => false,
): () => void {
  const owner = runner as unknown as Record<string, unknown>;
  for (const name of names) {
    const original = owner[name] as Method;
    owner[name] = function gated(this: QueryRunner, ...args: unknown[]) {
      return passes(args) ? original.apply(this, args) : sections.run(this, () => original.apply(this, args));
    };
  }
  return () => {
    for (const name of names) delete owner[name];
  };
}

const ENDS = ['startTransaction', 'commitTransaction', 'rollbackTransaction', 'release'] as const;

/**
 * Keeps the order in which an application has called writes and the end of their transaction. A recorded write is several
 * statements, one after the other; without the trail it would be one, sent before the `ROLLBACK` that is called after it.
 * So what ends a transaction, or gives the connection back to its pool, waits for the writes that were called before.
 */
export class RunnerEnds {
  private readonly gated = new WeakSet<QueryRunner>();

  constructor(private readonly sections: RunnerSections) {}

  follow(runner: QueryRunner): void {
    if (this.gated.has(runner)) return;
    this.gated.add(runner);
    gate(runner, ENDS, this.sections);
  }
}
