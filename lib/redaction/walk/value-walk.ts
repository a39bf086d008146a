import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import type { PathState } from '../paths/path-rules.js';
import { strictest } from '../redaction-rule.js';
import type { RedactionRule } from '../redaction-rule.js';
import { describeInstance } from './instance-forms.js';
import { Marker, MARKER_BYTES, WalkFlag } from './markers.js';
import { lengthOf, readMember, UNREADABLE } from './member-reader.js';
import { CONTAINER_BYTES } from './plain-values.js';
import { ScalarWriter } from './scalar-writer.js';
import { WalkBudget } from './walk-budget.js';
import type { WalkRules } from './walk-rules.js';

/**
 * One pass over one value. It calls itself for each level, which nobody can make deep: the walk ends at the depth limit
 * (32 at most), and a stack of our own takes twice the time. Nothing of the value is written to, `toJSON` is
 * never called, and whatever throws on reading becomes a marker.
 *
 * Outputs are ordinary objects, because V8 keeps objects without a prototype as hash tables, which are slower to fill, to
 * sort and to write. Keys that `Object.prototype` knows are defined, not assigned, so `__proto__` is a key like others.
 */
export class ValueWalk {
  hits = 0;
  flags = 0;
  readonly budget: WalkBudget;
  private readonly scalars: ScalarWriter;
  private readonly ancestors: object[] = [];
  private readonly names: (string | number)[] = [];

  constructor(readonly rules: WalkRules) {
    this.budget = new WalkBudget(rules.limits);
    this.scalars = new ScalarWriter(this, rules);
  }

  /**
   * @param level how many containers this one would make, counted from 1
   * @param state where the walk stands in the path rules, if there are any
   * @returns `undefined` if the value is to be left out
   */
  visit(value: unknown, level: number, state: PathState | undefined): JsonValue | undefined {
    this.budget.nodes--;
    switch (typeof value) {
      case 'string':
        return this.scalars.text(value);
      case 'number':
        return this.scalars.number(value);
      case 'boolean':
        this.budget.bytes -= 6;
        return value;
      case 'object':
        if (value !== null) return this.container(value, level, state);
        this.budget.bytes -= 5;
        return null;
      case 'undefined':
        return undefined;
      default:
        return value === UNREADABLE ? this.unreadable() : this.scalars.other(value);
    }
  }

  /** What stands for a value that a rule hides. */
  hide(rule: RedactionRule, value: unknown): JsonValue | undefined {
    this.hits++;
    this.budget.bytes -= MARKER_BYTES + rule.label.length;
    return rule.mode === 'mask' ? rule.marker : this.scalars.conceal(rule, value);
  }

  /** Writes the own enumerable members of an object that is not one of the known classes. */
  members(value: object, level: number, state: PathState | undefined, dataOnly: boolean): JsonValue {
    const { budget, rules } = this;
    const out: Record<string, JsonValue> = {};
    const keys = Object.keys(value);
    let altered = false;
    let serial = 1;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      const plan = rules.keys.plan(key);
      if (budget.isSpent || plan.bytes > budget.bytes) {
        this.flags |= WalkFlag.Truncated;
        out.$truncated = keys.length - index;
        break;
      }
      budget.keys--;
      budget.bytes -= plan.bytes;
      let { rule } = plan;
      let below: PathState | undefined;
      if (state !== undefined && rules.paths !== undefined) {
        below = rules.paths.step(state, key);
        rule = strictest(rules.paths.ruleOf(below), rule);
      }
      let item: JsonValue | undefined;
      if (rule !== undefined) {
        // A hidden value is not even read, unless something of it is to be kept.
        item = this.hide(rule, rule.mode === 'mask' ? undefined : readMember(value, key, dataOnly));
      } else {
        this.names[level] = plan.name;
        item = this.visit(readMember(value, key, dataOnly), level + 1, below);
      }
      if (item === undefined) continue;
      let { name } = plan;
      if (plan.altered) {
        altered = true;
        this.hits += plan.hits;
        this.flags |= (plan.repaired ? WalkFlag.Sanitized : 0) | (plan.truncated ? WalkFlag.Truncated : 0);
      }
      // Two keys may have become one.
      if (altered) while (Object.hasOwn(out, name)) name = `${plan.name}#${++serial}`;
      if (plan.inherited) {
        Object.defineProperty(out, name, { value: item, enumerable: true, writable: true, configurable: true });
      } else {
        out[name] = item;
      }
    }
    return out;
  }

  /** Writes entries by their position, and what was left out of the middle of a long list. */
  list(
    length: number,
    entry: (index: number) => unknown,
    level: number,
    state: PathState | undefined,
    visit: (value: unknown, level: number, state: PathState | undefined) => JsonValue | undefined = this.visitBound,
  ): JsonValue[] {
    const most = this.rules.limits.array;
    const head = length <= most ? length : Math.ceil(((most - 1) * 3) / 4);
    const out: JsonValue[] = [];
    for (let index = 0; index < length; index++) {
      if (index === head) {
        const resume = length - (most - 1 - head);
        this.omit(out, resume - index);
        index = resume;
        if (index >= length) break;
      }
      if (this.budget.isSpent) {
        this.omit(out, length - index);
        break;
      }
      this.names[level] = index;
      const below = state === undefined ? undefined : this.rules.paths?.step(state, String(index));
      const rule = below === undefined ? undefined : this.rules.paths?.ruleOf(below);
      const item = rule === undefined ? visit(entry(index), level + 1, below) : this.hide(rule, entry(index));
      out.push(item ?? null);
    }
    return out;
  }

  /** Says that `value` makes a further container at this level. */
  enter(value: object, level: number): void {
    this.ancestors[level] = value;
  }

  /** Says which member of the container at this level is being written. */
  at(level: number, name: string | number): void {
    this.names[level] = name;
  }

  /** Whether a container may still be opened at this level; a marker must fit below it. */
  fits(level: number): boolean {
    return level < this.rules.limits.depth;
  }

  tooDeep(): JsonValue {
    this.flags |= WalkFlag.Truncated;
    this.budget.bytes -= MARKER_BYTES;
    return Marker.tooDeep;
  }

  unreadable(): JsonValue {
    this.flags |= WalkFlag.Degraded;
    this.budget.bytes -= MARKER_BYTES;
    return Marker.unreadable;
  }

  text(text: string): JsonValue | undefined {
    return this.scalars.text(text);
  }

  private readonly visitBound = (value: unknown, level: number, state: PathState | undefined) =>
    this.visit(value, level, state);

  private container(value: object, level: number, state: PathState | undefined): JsonValue | undefined {
    for (let index = 1; index < level; index++) {
      if (this.ancestors[index] === value) return this.reference(index);
    }
    if (!this.fits(level)) return this.tooDeep();
    this.budget.bytes -= CONTAINER_BYTES;
    this.ancestors[level] = value;
    try {
      if (Array.isArray(value)) {
        return this.list(lengthOf(value), (index) => readMember(value, index, false), level, state);
      }
      const prototype: unknown = Object.getPrototypeOf(value);
      return prototype === Object.prototype || prototype === null
        ? this.members(value, level, state, false)
        : describeInstance(this, value, level, state);
    } catch {
      return this.unreadable();
    }
  }

  private reference(level: number): JsonValue {
    const pointer = this.names
      .slice(1, level)
      .map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
    this.budget.bytes -= MARKER_BYTES + pointer.length * 3;
    return { $ref: pointer };
  }

  private omit(out: JsonValue[], omitted: number): void {
    this.flags |= WalkFlag.Truncated;
    this.budget.bytes -= MARKER_BYTES;
    out.push({ $truncated: 'array', omitted });
  }
}
