import { quoteString, sortNames } from '../../event/canonical.js';
import type { KeyPlan } from '../keys/key-planner.js';
import type { PathState } from '../paths/path-rules.js';
import { strictest } from '../redaction-rule.js';
import { traitsOf, Trait } from '../text/text-traits.js';
import { storableText } from '../text/well-formed.js';
import { MARKER_BYTES } from './markers.js';
import { CONTAINER_BYTES, isCardSized, isPlainNumber, NUMBER_BYTES } from './plain-values.js';
import { WalkBudget } from './walk-budget.js';
import type { WalkRules } from './walk-rules.js';

/** Written for a member that is left out. */
const NOTHING = '';

/** One object, because making an error costs more than a short walk. */
const NOT_PLAIN = new Error('The value is not plain.');

/**
 * Redacts and writes canonical JSON in one pass, for values in which nothing has to be changed but what a key or a path
 * hides by a mask: plain objects and arrays of ordinary strings, numbers, booleans and nulls, within all limits. That is
 * nearly every body. Whatever else there is, {@link ValueWalk} takes the value from the beginning.
 *
 * What both write is the same to the byte. Budgets are charged as there, and only what is left at the end is looked at:
 * if there is some, no charge on the way can have been refused.
 */
export class PlainJson {
  hits = 0;
  private readonly budget: WalkBudget;
  private readonly ancestors: object[] = [];

  constructor(private readonly rules: WalkRules) {
    this.budget = new WalkBudget(rules.limits);
  }

  /** @throws for a value that is not plain, or can't be read */
  write(value: unknown, state: PathState | undefined): string {
    return this.whole(this.visit(value, 1, state));
  }

  /** Writes the value of an object's only member. @throws as {@link write} does */
  writeMember(object: object, name: string, state: PathState | undefined): string {
    this.budget.nodes--;
    this.budget.bytes -= CONTAINER_BYTES;
    return this.whole(this.member(object, name, this.rules.keys.plan(name), 1, state));
  }

  private visit(value: unknown, level: number, state: PathState | undefined): string {
    this.budget.nodes--;
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        this.budget.bytes -= 6;
        return value ? 'true' : 'false';
      case 'object':
        if (value !== null) return this.container(value, level, state);
        this.budget.bytes -= 5;
        return 'null';
      case 'undefined':
        return NOTHING;
      default:
        throw NOT_PLAIN;
    }
  }

  private text(value: string): string {
    const { texts, limits } = this.rules;
    if (value.length > limits.string) throw NOT_PLAIN;
    const traits = traitsOf(value);
    if (texts.concerns(traits)) {
      if ((traits & Trait.Repair) !== 0 && storableText(value) !== value) throw NOT_PLAIN;
      if (texts.find(value, traits) !== undefined) throw NOT_PLAIN;
    }
    if ((traits & Trait.Escaped) === 0) {
      this.budget.bytes -= value.length + 3;
      return `"${value}"`;
    }
    const quoted = JSON.stringify(value);
    this.budget.bytes -= Buffer.byteLength(quoted) + 1;
    return quoted;
  }

  private number(value: number): string {
    if (isCardSized(value) || this.rules.texts.readsEverything || !isPlainNumber(value)) throw NOT_PLAIN;
    this.budget.bytes -= NUMBER_BYTES;
    return String(value);
  }

  private container(value: object, level: number, state: PathState | undefined): string {
    if (level >= this.rules.limits.depth || this.budget.isSpent) throw NOT_PLAIN;
    for (let index = 1; index < level; index++) if (this.ancestors[index] === value) throw NOT_PLAIN;
    this.ancestors[level] = value;
    this.budget.bytes -= CONTAINER_BYTES;
    if (Array.isArray(value)) return this.list(value, level, state);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
    return this.members(value, level, state);
  }

  private members(value: object, level: number, state: PathState | undefined): string {
    const { budget, rules } = this;
    const keys = sortNames(Object.keys(value));
    let text = '';
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      const plan = rules.keys.plan(key);
      if (budget.isSpent) throw NOT_PLAIN;
      const item = this.member(value, key, plan, level, state);
      if (item !== NOTHING) text += (text === '' ? plan.firstName : plan.nextName) + item;
    }
    return text === '' ? '{}' : `${text}}`;
  }

  private member(object: object, key: string, plan: KeyPlan, level: number, state: PathState | undefined): string {
    const { budget, rules } = this;
    if (plan.altered) throw NOT_PLAIN;
    budget.keys--;
    budget.bytes -= plan.bytes;
    let { rule } = plan;
    let below: PathState | undefined;
    if (state !== undefined && rules.paths !== undefined) {
      below = rules.paths.step(state, key);
      rule = strictest(rules.paths.ruleOf(below), rule);
    }
    // A hidden value is not even read.
    if (rule === undefined) return this.visit((object as Record<string, unknown>)[key], level + 1, below);
    if (rule.mode !== 'mask') throw NOT_PLAIN;
    this.hits++;
    budget.bytes -= MARKER_BYTES + rule.label.length;
    return `{"$redacted":${quoteString(rule.label)}}`;
  }

  private whole(text: string): string {
    if (this.budget.isSpent) throw NOT_PLAIN;
    return text === NOTHING ? 'null' : text;
  }

  private list(value: readonly unknown[], level: number, state: PathState | undefined): string {
    const { length } = value;
    if (!(length <= this.rules.limits.array)) throw NOT_PLAIN;
    let text = '';
    for (let index = 0; index < length; index++) {
      if (this.budget.isSpent) throw NOT_PLAIN;
      const below = state === undefined ? undefined : this.rules.paths?.step(state, String(index));
      if (below !== undefined && this.rules.paths?.ruleOf(below) !== undefined) throw NOT_PLAIN;
      const item = this.visit(value[index], level + 1, below);
      text += (index === 0 ? '[' : ',') + (item === NOTHING ? 'null' : item);
    }
    return text === '' ? '[]' : `${text}]`;
  }
}
