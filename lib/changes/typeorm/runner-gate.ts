import type { QueryRunner } from 'typeorm';
import type { RunnerSections } from './runner-sections.js';
import { isBeginning } from './typeorm-internals.js';

type Method = (this: QueryRunner, ...args: unknown[]) => Promise<unknown>;
export type Gated = 'query' | 'startTransaction' | 'commitTransaction' | 'rollbackTransaction' | 'release';

/** Reads have nothing that could be rolled back. */
const READ = /^\s*(SELECT|PRAGMA)\b/i;
const isRead = ([sql]: unknown[]) => typeof sql === 'string' && READ.test(sql);

/**
 * Has methods of a runner wait for the section that is under way on it; queries that only read do not wait.
 *
 * @param passes further queries that do not wait
 * @returns what undoes it
 */
export function gate(
  runner: QueryRunner,
  names: readonly Gated[],
  sections: RunnerSections,
  passes: (runner: QueryRunner) => boolean = () => false,
): () => void {
  const owner = runner as unknown as Record<string, unknown>;
  for (const name of names) {
    const original = owner[name] as Method;
    owner[name] = function gated(this: QueryRunner, ...args: unknown[]) {
      const isQuery = name === 'query';
      const call = () => original.apply(this, args);
      const proceed = isQuery ? () => sections.statement(this, call) : call;
      return sections.isInside(this) || (isQuery && (isRead(args) || passes(this)))
        ? proceed()
        : sections.run(this, proceed);
    };
  }
  return () => {
    for (const name of names) delete owner[name];
  };
}

const ORDERED = ['query', 'startTransaction', 'commitTransaction', 'rollbackTransaction', 'release'] as const;

/**
 * Keeps the order in which an application has called writes and the end of their transaction. A recorded write is several
 * statements, one after the other; without the trail it would be one, sent before the `ROLLBACK` that is called after it.
 * So SQL that does more than read, what ends a transaction, and what gives the connection back to its pool wait for the
 * writes that were called before.
 */
export class RunnerOrder {
  private readonly gated = new WeakSet<QueryRunner>();

  constructor(private readonly sections: RunnerSections) {}

  follow(runner: QueryRunner): void {
    if (this.gated.has(runner)) return;
    this.gated.add(runner);
    // A transaction that began before the runner was followed has its `START TRANSACTION` still to send.
    gate(runner, ORDERED, this.sections, isBeginning);
  }
}
