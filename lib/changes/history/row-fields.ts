import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import { splitPath } from '../rows/change-path.js';

type Container = { [name: string]: JsonValue } | JsonValue[];

/** The fields of a row, written and read by the paths of changes. */
export class RowFields {
  readonly root: { [name: string]: JsonValue } = {};

  /** @returns undefined when there is nothing */
  get(path: string): JsonValue | undefined {
    let value: JsonValue | undefined = this.root;
    for (const name of splitPath(path)) {
      if (!isContainer(value) || !Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, JsonValue>)[name];
    }
    return value;
  }

  set(path: string, value: JsonValue): void {
    const names = splitPath(path);
    let inner: Container = this.root;
    for (const name of names.slice(0, -1)) {
      const found: JsonValue | undefined = Object.hasOwn(inner, name)
        ? (inner as Record<string, JsonValue>)[name]
        : undefined;
      // Copied on the way: the values belong to the events.
      const copy: Container = isContainer(found) ? (Array.isArray(found) ? [...found] : { ...found }) : {};
      put(inner, name, copy);
      inner = copy;
    }
    put(inner, names[names.length - 1], value);
  }

  remove(path: string): void {
    const names = splitPath(path);
    const last = names.pop() as string;
    if (names.length === 0) {
      delete this.root[last];
      return;
    }
    const parent = this.get(pathOf(names));
    if (!isContainer(parent) || Array.isArray(parent)) return;
    this.set(pathOf(names), Object.fromEntries(Object.entries(parent).filter(([name]) => name !== last)));
  }

  link(path: string, key: JsonValue): void {
    this.unlink(path, key);
    const keys = this.get(path);
    this.set(path, [...(Array.isArray(keys) ? keys : []), key]);
  }

  unlink(path: string, key: JsonValue): void {
    const keys = this.get(path);
    if (!Array.isArray(keys)) return;
    const wanted = JSON.stringify(key);
    this.set(
      path,
      keys.filter((other) => JSON.stringify(other) !== wanted),
    );
  }
}

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === 'object' && value !== null;
}

/** Any name may come out of JSON, `__proto__` too. */
function put(target: Container, name: string, value: JsonValue): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
}

function pathOf(names: readonly string[]): string {
  return names.map((name) => name.replace(/[\\.]/g, '\\$&')).join('.');
}
