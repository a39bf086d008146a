import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryRunner } from 'typeorm';

/** So long nothing may happen on a runner; then waiting for the end of a section is taken to be a mistake and given up. */
const PATIENCE_MS = 10_000;

interface Section {
  readonly runner: QueryRunner;
  readonly outer: Section | undefined;
  /** Work that is started within a section and outlives it belongs to it no longer. */
  over: boolean;
  /** Work that was begun within the section and is still going on. */
  readonly inner: Set<Promise<unknown>>;
}

/**
 * Lets one piece of work at a time use a runner where several statements belong together, such as reading a row and
 * writing it. Work that is begun within a section, on its asynchronous path, belongs to it and does not wait; the section
 * lasts until that is done as well, whether or not anybody waits for it.
 */
export class RunnerSections {
  private readonly tails = new WeakMap<QueryRunner, Promise<unknown>>();
  private readonly statements = new WeakMap<QueryRunner, number>();
  private readonly inside = new AsyncLocalStorage<Section>();

  /** Whether the caller is within a section of the runner. */
  isInside(runner: QueryRunner): boolean {
    return this.sectionOf(runner) !== undefined;
  }

  run<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
    const outer = this.sectionOf(runner);
    if (!outer) return this.enter(runner, work);
    const section = this.section(runner);
    const done = this.inside.run(section, work).finally(() => (section.over = true));
    const all = done.catch(() => undefined).then(() => settled(section));
    outer.inner.add(all);
    void all.then(() => outer.inner.delete(all));
    return done;
  }

  /** Waits for the work that was begun within the current section. */
  async settled(): Promise<void> {
    const section = this.inside.getStore();
    if (section) await settled(section);
  }

  /** Sends a statement; as long as one is under way, the runner is not stuck. */
  async statement<T>(runner: QueryRunner, send: () => Promise<T>): Promise<T> {
    this.statements.set(runner, (this.statements.get(runner) ?? 0) + 1);
    try {
      return await send();
    } finally {
      this.statements.set(runner, (this.statements.get(runner) ?? 1) - 1);
    }
  }

  private async enter<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
    const previous = this.tails.get(runner);
    let leave!: () => void;
    const own = new Promise<void>((resolve) => (leave = resolve));
    const tail = previous ? previous.then(() => own) : own;
    this.tails.set(runner, tail);
    if (previous) await this.turn(runner, previous);
    const section = this.section(runner);
    try {
      return await this.inside.run(section, work);
    } finally {
      section.over = true;
      const end = () => {
        leave();
        if (this.tails.get(runner) === tail) this.tails.delete(runner);
      };
      if (section.inner.size === 0) end();
      else void settled(section).then(end);
    }
  }

  /** A listener of the application that waits for somebody else's statement must not stop everything for good. */
  private async turn(runner: QueryRunner, previous: Promise<unknown>): Promise<void> {
    while (!(await inTime(previous)) && this.statements.get(runner));
  }

  private section(runner: QueryRunner): Section {
    return { runner, outer: this.inside.getStore(), over: false, inner: new Set() };
  }

  private sectionOf(runner: QueryRunner): Section | undefined {
    for (let section = this.inside.getStore(); section; section = section.outer) {
      if (section.runner === runner && !section.over) return section;
    }
    return undefined;
  }
}

async function settled({ inner }: Section): Promise<void> {
  while (inner.size > 0) await Promise.all(inner);
}

async function inTime(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<false>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, false).unref()));
  const done = await Promise.race([work.then(() => true), patience]);
  clearTimeout(timer);
  return done;
}
