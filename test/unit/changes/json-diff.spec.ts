import fc from 'fast-check';
import { joinPath, splitPath } from '../../../lib/changes/rows/change-path.js';
import { diffJson } from '../../../lib/changes/rows/json-diff.js';

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('paths of changes', () => {
  it('keep every name apart, whatever is in it', () => {
    const names = fc.array(fc.string(), { minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom('column', 'settings'), names, (column, inner) => {
        expect(splitPath(inner.reduce(joinPath, column))).toEqual([column, ...inner]);
      }),
    );
  });
});

describe('diffJson', () => {
  it('finds nothing in equal values, however their members are ordered', () => {
    expect(diffJson('c', { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 })).toEqual([]);
    fc.assert(fc.property(json, (value) => expect(diffJson('c', value, structuredClone(value))).toEqual([])));
  });

  it('makes the second of any two values out of the first', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        let value: unknown = { c: structuredClone(before) };
        for (const change of diffJson('c', before, after)) value = applied(value, splitPath(change.path), change.new);
        expect(sorted(value)).toBe(sorted({ c: after }));
      }),
    );
  });

  it('names what is new, gone and changed', () => {
    expect(diffJson('c', { gone: 1, same: 2, list: [1, 2] }, { same: 2, list: [1, 3], 'new.one': 4 })).toEqual([
      { path: 'c.gone', old: 1 },
      { path: 'c.list.1', old: 2, new: 3 },
      { path: 'c.new\\.one', new: 4 },
    ]);
  });

  it('gives the whole value when too much of it differs, or too deep', () => {
    const many = (value: number) => Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`k${n}`, value]));
    expect(diffJson('c', many(1), many(2))).toEqual([{ path: 'c', old: many(1), new: many(2) }]);
    const deep = (value: number) => Array.from({ length: 40 }).reduce((inner) => ({ x: inner }), value as unknown);
    expect(diffJson('c', deep(1), deep(2))).toHaveLength(1);
  });

  it('touches no prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1}}') as unknown;
    expect(diffJson('c', {}, hostile)).toEqual([{ path: 'c.__proto__', new: { polluted: 1 } }]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

function applied(value: unknown, [name, ...rest]: string[], now: unknown): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const inner = rest.length > 0 ? applied(copy[name], rest, now) : now;
  if (inner === undefined) delete copy[name];
  else Object.defineProperty(copy, name, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner !== 'object' || inner === null || Array.isArray(inner)
      ? inner
      : Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
