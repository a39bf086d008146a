import type { QueryRunner } from 'typeorm';
import { gate } from './runner-gate.js';
import type { RunnerSections } from './runner-sections.js';

const GATED = ['query', 'startTransaction', 'commitTransaction', 'rollbackTransaction'] as const;

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
    const ungate = gate(this.runner, GATED, this.sections);
    let active = this.runner.isTransactionActive;
    Object.defineProperty(this.runner, 'isTransactionActive', {
      configurable: true,
      enumerable: true,
      get: () => active && (!this.enclosing || this.sections.isInside(this.runner)),
      set: (value: boolean) => {
        active = value;
      },
    });
    return () => {
      ungate();
      Object.defineProperty(this.runner, 'isTransactionActive', {
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
