import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryRunner } from 'typeorm';

/** Longer than any statement should take; then waiting for its end is taken to be a mistake and given up. */
const PATIENCE_MS = 10_000;

interface Section {
  readonly runner: QueryRunner;
  readonly outer: Section | undefined;
  /** Work that is started within a section and outlives it belongs to it no longer. */
  over: boolean;
}

/**
 * Lets one piece of work at a time use a runner where several statements belong together, such as reading a row and
 * writing it. Work that is begun within a section, on its asynchronous path, belongs to it and does not wait.
 */
export class RunnerSections {
  private readonly tails = new WeakMap<QueryRunner, Promise<void>>();
  private readonly inside = new AsyncLocalStorage<Section>();

  /** Whether the caller is within a section of the runner. */
  isInside(runner: QueryRunner): boolean {
    for (let section = this.inside.getStore(); section; section = section.outer) {
      if (section.runner === runner && !section.over) return true;
    }
    return false;
  }

  run<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
    return this.isInside(runner) ? work() : this.enter(runner, work);
  }

  private async enter<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
    const previous = this.tails.get(runner);
    let leave!: () => void;
    const own = new Promise<void>((resolve) => (leave = resolve));
    const tail = previous ? previous.then(() => own) : own;
    this.tails.set(runner, tail);
    if (previous) await patiently(previous);
    const section: Section = { runner, outer: this.inside.getStore(), over: false };
    try {
      return await this.inside.run(section, work);
    } finally {
      section.over = true;
      leave();
      if (this.tails.get(runner) === tail) this.tails.delete(runner);
    }
  }
}

/** A listener of the application that waits for somebody else's statement must not stop everything for good. */
async function patiently(previous: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS).unref()));
  await Promise.race([previous, patience]);
  clearTimeout(timer);
}
