import type { DataSource, QueryRunner } from 'typeorm';
import { clearTablePrototype, dataSourceOf, writeBuilderPrototypes } from './typeorm-internals.js';
import type { WriteBuilder, WriteResult } from './typeorm-internals.js';

/** What is told of a DataSource's writes. */
export interface WriteObserver {
  /** A builder is about to execute; `proceed` does what it would have done. */
  aroundWrite(builder: WriteBuilder, proceed: () => Promise<WriteResult>): Promise<WriteResult>;
  /** A table is about to be emptied. */
  aroundClear(runner: QueryRunner, tablePath: string, proceed: () => Promise<void>, cascade?: boolean): Promise<void>;
}

const OBSERVERS = new WeakMap<DataSource, WriteObserver>();
/** Originals by the prototype they were taken from, with the number of DataSources that need the hook. */
const HOOKS = new Map<object, { name: 'execute' | 'clearTable'; original: unknown; hook: unknown; users: number }>();

/**
 * Has the observer told of every write of the DataSource. The hooks sit on TypeORM's classes, because builders are made
 * in many places; those of other DataSources pass through untouched. They go when the last DataSource is unhooked.
 */
export function hookWrites(dataSource: DataSource, observer: WriteObserver): () => void {
  OBSERVERS.set(dataSource, observer);
  const releases = writeBuilderPrototypes(dataSource).map((prototype) => hookExecute(prototype));
  const clearing = clearTablePrototype(dataSource);
  if (clearing) releases.push(hookClear(clearing));
  return () => {
    OBSERVERS.delete(dataSource);
    for (const release of releases.splice(0)) release();
  };
}

function hookExecute(prototype: WriteBuilder): () => void {
  const original = prototype.execute;
  return install(prototype, 'execute', function execute(this: WriteBuilder) {
    const dataSource = dataSourceOf(this);
    const observer = dataSource && OBSERVERS.get(dataSource);
    return observer ? observer.aroundWrite(this, () => original.call(this)) : original.call(this);
  });
}

function hookClear(prototype: Pick<QueryRunner, 'clearTable'>): () => void {
  const original = prototype.clearTable;
  return install(
    prototype,
    'clearTable',
    function clearTable(this: QueryRunner, tablePath: string, options?: { cascade?: boolean }) {
      const dataSource = dataSourceOf(this);
      const observer = dataSource && OBSERVERS.get(dataSource);
      const proceed = () => original.call(this, tablePath, options);
      return observer ? observer.aroundClear(this, tablePath, proceed, options?.cascade) : proceed();
    },
  );
}

function install(prototype: object, name: 'execute' | 'clearTable', hook: unknown): () => void {
  const owner = prototype as Record<string, unknown>;
  const known = HOOKS.get(prototype);
  if (known) known.users++;
  else {
    HOOKS.set(prototype, { name, original: owner[name], hook, users: 1 });
    owner[name] = hook;
  }
  return () => {
    const entry = HOOKS.get(prototype);
    if (!entry || --entry.users > 0) return;
    HOOKS.delete(prototype);
    // Somebody hooked after us: their hook still calls ours, which does nothing without an observer.
    if (owner[name] === entry.hook) owner[name] = entry.original;
  };
}
