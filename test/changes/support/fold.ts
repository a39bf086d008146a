import type { DataSource } from 'typeorm';
import { splitPath } from '../../../lib/changes/rows/change-path.js';
import { rowDialectOf } from '../../../lib/changes/rows/row-dialects.js';
import { diffRow } from '../../../lib/changes/rows/row-diff.js';
import { readRows } from '../../../lib/changes/rows/row-reader.js';
import { TablePlans } from '../../../lib/changes/rows/table-plans.js';
import { idOf } from '../../../lib/changes/events/change-event.factory.js';
import { relationOf } from '../../../lib/changes/events/junction.js';
import type { SeenEvent } from './change-world.js';

type Columns = Map<string, unknown>;
export type State = Map<string, Columns>;

/**
 * Plays a trail from the beginning. Every event must fit what came before it: nothing is created twice, nothing changes
 * that is not there, and every old value is the value that the trail has.
 */
export function fold(events: readonly SeenEvent[]): { state: State; contradictions: string[] } {
  const state: State = new Map();
  const contradictions: string[] = [];
  for (const [n, event] of events.entries()) {
    const say = (what: string) => contradictions.push(`${n} ${event.action} ${event.resource}: ${what}`);
    const verb = event.action.split('.')[1];
    const row = state.get(event.resource);
    if (event.flags.length > 0) say(`flags ${event.flags.join()}`);
    if (verb === 'link' || verb === 'unlink') {
      foldLink(state, event, verb === 'link', say);
    } else if (verb === 'create') {
      if (row) say('created twice');
      state.set(event.resource, apply(new Map(), event.changes, say));
    } else if (!row) say('is not there');
    else if (verb === 'delete') {
      if (apply(row, event.changes, say).size > 0) say(`leaves ${JSON.stringify([...row])}`);
      state.delete(event.resource);
    } else {
      const next = apply(new Map(row), event.changes, say);
      state.delete(event.resource);
      state.set(renamed(event.resource, next), next);
    }
  }
  return { state, contradictions };
}

/** The rows as they are, in the form of {@link fold}. */
export async function tables(dataSource: DataSource): Promise<State> {
  const dialect = rowDialectOf(dataSource.options.type);
  if (!dialect) throw new Error('unknown dialect');
  const plans = new TablePlans(dataSource, dialect, { entities: ['*'], exclude: [], requireReason: [] });
  const state: State = new Map();
  for (const metadata of dataSource.entityMetadatas) {
    const plan = plans.of(metadata);
    for (const image of await readRows(dataSource, plan, `SELECT ${plan.select} FROM ${plan.table}`, [])) {
      const relation = relationOf(plan);
      if (relation) {
        state.set(
          `${relation.ownerResource}#${relation.ownerId(image)} ${relation.path} ${relation.targetId(image)}`,
          new Map(),
        );
      } else {
        const columns = diffRow(plan, null, image).map((difference): [string, unknown] => [
          difference.path,
          marked(difference.new),
        ]);
        state.set(`${plan.faceOf(image).resource}#${idOf(plan, image)}`, new Map(columns));
      }
    }
  }
  return state;
}

/** States as text that can be compared and read. */
export function printed(state: State): string[] {
  return [...state]
    .map(
      ([row, columns]) =>
        `${row} ${JSON.stringify(
          [...columns].sort(([a], [b]) => (a < b ? -1 : 1)),
          sorted,
        )}`,
    )
    .sort();
}

/** Names of the application that begin with `$` are written with one more. */
function marked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(marked);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.startsWith('$') ? `$${name}` : name, marked(inner)]),
  );
}

function foldLink(state: State, { resource, changes }: SeenEvent, adds: boolean, say: (what: string) => void): void {
  const [{ path, old, new: now }] = changes;
  const key = `${resource} ${path} ${String(adds ? now : old)}`;
  if (state.has(key) === adds) say(adds ? 'linked twice' : 'was not linked');
  if (adds) state.set(key, new Map());
  else state.delete(key);
}

/** A changed primary key changes the row's name. */
function renamed(resource: string, columns: Columns): string {
  const [type, id] = [resource.slice(0, resource.indexOf('#')), resource.slice(resource.indexOf('#') + 1)];
  if (!id.includes('=')) return resource;
  const names = [...new URLSearchParams(id).keys()];
  return `${type}#${new URLSearchParams(names.map((name): [string, string] => [name, String(columns.get(name))])).toString()}`;
}

function apply(row: Columns, changes: SeenEvent['changes'], say: (what: string) => void): Columns {
  for (const { path, old, new: now } of changes) {
    const [column, ...names] = row.has(path) || !path.includes('.') ? [path] : pathWithin(row, path);
    if (names.length === 0) {
      if (!same(row.get(column) ?? null, old ?? null))
        say(`${path} was ${JSON.stringify(row.get(column))}, not ${JSON.stringify(old)}`);
      if (now === undefined || now === null) row.delete(column);
      else row.set(column, now);
    } else row.set(column, inside(row.get(column), names, old, now, say));
  }
  return row;
}

/** `account.id` is a column, `meta.k` a member of one. */
function pathWithin(row: Columns, path: string): string[] {
  const [column, ...names] = splitPath(path);
  return typeof row.get(column) === 'object' ? [column, ...names] : [path];
}

function inside(
  value: unknown,
  [name, ...rest]: string[],
  old: unknown,
  now: unknown,
  say: (what: string) => void,
): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const own = Object.hasOwn(copy, name) ? copy[name] : undefined;
  if (rest.length > 0) return withOwn(copy, name, inside(own, rest, old, now, say));
  if (!same(own, old)) say(`${name} was ${JSON.stringify(own)}, not ${JSON.stringify(old)}`);
  if (now !== undefined) return withOwn(copy, name, now);
  delete copy[name];
  return copy;
}

/** Also for names that objects inherit, as `__proto__`. */
function withOwn(object: object, name: string, value: unknown): object {
  return Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
