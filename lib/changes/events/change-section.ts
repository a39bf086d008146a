import { createHash } from 'node:crypto';
import type { EventFlag } from '../../event/audit-event.interface.js';
import { canonicalize } from '../../event/canonical.js';
import { SafeJson } from '../../event/safe-json.js';
import type { JsonValue, ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import { splitPath } from '../rows/change-path.js';
import { BytesDigest } from '../rows/row-value.js';
import type { RowDifference } from '../rows/row-diff.js';

/** What stands for the value of a masked column. That a column is or was null is not hidden. */
const MASKED = { $redacted: 'column' } as const;
const PLAIN_NAME = /^[A-Za-z_]\w*$/;
const PLAIN_PATH = /^[\w.]+$/;
/** Behind a dot that joins two names; one with a backslash before it belongs to a name. */
const NAME_WITH_DOLLAR = /(?<=(?<!\\)(?:\\\\)*\.)\$/g;
const MAX_PATH_LENGTH = 1_024;

type Side = 'old' | 'new';
type WrittenChange = { path: string; old?: JsonValue; new?: JsonValue };
type SafeFlag = SafeJson['flags'][number];

/**
 * Writes differences as the `changes` section, redacted as everything else: a value is judged by the name of its column
 * or JSON member, by its shape and by its path (`changes.iban`, `changes.settings.token`).
 */
export class ChangeSectionWriter {
  constructor(
    private readonly sanitizer: ValueSanitizer,
    private readonly maxBytes = 65_536,
  ) {}

  write(differences: readonly RowDifference[]): SafeJson {
    const flags = new Set<SafeFlag>();
    const changes = differences.map(({ path }): WrittenChange => ({ path: this.path(path) }));
    for (const side of ['old', 'new'] as const) this.writeSide(side, differences, changes, flags);
    const text = this.fit(changes, flags);
    return new SafeJson(text, [...flags]);
  }

  /** Plain columns are redacted together; members of JSON one by one, because their names may be anything. */
  private writeSide(side: Side, from: readonly RowDifference[], to: WrittenChange[], flags: Set<SafeFlag>): void {
    const together: Record<string, unknown> = {};
    from.forEach((difference, n) => {
      const value = difference[side];
      if (value === undefined) return;
      if (difference.column?.masked && value !== null) to[n][side] = MASKED;
      else if (value instanceof BytesDigest) to[n][side] = { $bytes: value.bytes, sha256: value.sha256 };
      else if (PLAIN_NAME.test(difference.path)) together[difference.path] = value;
      else this.writeNested(side, difference.path, value, to[n], flags);
    });
    const clean = this.clean(together, flags);
    from.forEach(({ path }, n) => {
      if (to[n][side] === undefined && Object.hasOwn(together, path) && Object.hasOwn(clean, path))
        to[n][side] = clean[path];
    });
  }

  private writeNested(side: Side, path: string, value: unknown, to: WrittenChange, flags: Set<SafeFlag>): void {
    const names = splitPath(path);
    const nested = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    let clean: JsonValue | undefined = this.clean(nested as Record<string, unknown>, flags);
    for (let depth = 0; depth < names.length; depth++) {
      if (!isObject(clean)) break;
      const name: string | undefined = Object.keys(clean)[0];
      // The names of the application never begin with a single $: this is a mark that a parent was hidden whole.
      if (name === undefined || /^\$(?!\$)/.test(name)) break;
      clean = clean[name];
    }
    if (clean !== undefined && !(isObject(clean) && Object.keys(clean).length === 0 && !isEmptyObject(value))) {
      to[side] = clean;
    }
  }

  private clean(value: Record<string, unknown>, flags: Set<SafeFlag>): Record<string, JsonValue> {
    const { value: clean, flags: found } = this.sanitizer.sanitize(value, 'changes');
    for (const flag of found) flags.add(flag);
    return clean as Record<string, JsonValue>;
  }

  /** Names in JSON that begin with `$` are written with one more, here as in values, so that none can pose as a mark. */
  private path(path: string): string {
    return PLAIN_PATH.test(path) ? path : this.sanitizer.text(path.replace(NAME_WITH_DOLLAR, '$$$$'), MAX_PATH_LENGTH);
  }

  /** Lets the largest values give way to their digest until the section fits. */
  private fit(changes: WrittenChange[], flags: Set<SafeFlag>): string {
    const text = canonicalize(changes);
    if (Buffer.byteLength(text) <= this.maxBytes) return text;
    flags.add('truncated' satisfies EventFlag);
    const values = changes
      .flatMap((change) => (['old', 'new'] as const).map((side) => ({ change, side })))
      .filter(({ change, side }) => change[side] !== undefined)
      .map(({ change, side }) => ({ change, side, text: canonicalize(change[side]) }))
      .sort((a, b) => b.text.length - a.text.length);
    let excess = Buffer.byteLength(text) - this.maxBytes;
    for (const value of values) {
      if (excess <= 0) break;
      const bytes = Buffer.byteLength(value.text);
      const sha256 = createHash('sha256').update(value.text).digest('hex');
      value.change[value.side] = { bytes, sha256, truncated: true };
      excess -= bytes - Buffer.byteLength(canonicalize(value.change[value.side]));
    }
    if (excess <= 0) return canonicalize(changes);
    return canonicalize([{ path: '', new: { bytes: Buffer.byteLength(text), truncated: true } }]);
  }
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
