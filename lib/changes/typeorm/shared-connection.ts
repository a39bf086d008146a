import type { QueryRunner } from 'typeorm';
import type { RunnerSections } from './runner-sections.js';

const GATED = ['query', 'startTransaction', 'commitTransaction', 'rollbackTransaction'] as const;
/** Reads may fall into a transaction of somebody else: nothing of theirs can be rolled back. */
const READ = /^\s*(SELECT|PRAGMA)\b/i;
type Method = (this: QueryRunner, ...args: unknown[]) => Promise<unknown>;

/**
 * The one connection that all users of a SQLite DataSource share. A write outside any transaction gets a transaction
 * around it and its audit rows; without care, a statement of another request would fall into that transaction and be
 * rolled back with it, and `save()` of another request would take it for its own. So every write waits for the
 * section that is under way, and the transaction shows only within it.
 */
export class SharedConnection {
  private enclosing = false;

  constructor(
    readonly runner: QueryRunner,
    private readonly sections: RunnerSections,
  ) {}

  /** @returns what undoes it */
  guard(): () => void {
    const runner = this.runner as unknown as Record<string, unknown>;
    for (const name of GATED) {
      const original = runner[name] as Method;
      const { sections } = this;
      runner[name] = function gated(this: QueryRunner, ...args: unknown[]) {
        const isRead = typeof args[0] === 'string' && READ.test(args[0]);
        return isRead ? original.apply(this, args) : sections.run(this, () => original.apply(this, args));
      };
    }
    let active = this.runner.isTransactionActive;
    Object.defineProperty(runner, 'isTransactionActive', {
      configurable: true,
      enumerable: true,
      get: () => active && (!this.enclosing || this.sections.isInside(this.runner)),
      set: (value: boolean) => {
        active = value;
      },
    });
    return () => {
      for (const name of GATED) delete runner[name];
      Object.defineProperty(runner, 'isTransactionActive', {
        configurable: true,
        enumerable: true,
        writable: true,
        value: active,
      });
    };
  }

  /** Runs work whose transaction nobody else may see. Only within a section. */
  async hidden<T>(work: () => Promise<T>): Promise<T> {
    this.enclosing = true;
    try {
      return await work();
    } finally {
      this.enclosing = false;
    }
  }
}
