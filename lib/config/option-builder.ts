import { didYouMean } from './did-you-mean.js';
import { describeKind, showGiven } from './option-display.js';
import type { OptionEnvironment } from './option-environment.js';
import type { OptionProblem } from './option-problem.js';
import type { OptionSection, SectionClass } from './option-section.js';
import { optionsOf } from './option-spec.js';
import type { OptionSpec } from './option-spec.js';
import { isRecord, itemsOf, namesOf, readOwn } from './safe-read.js';

/** Name of the source of a value that was given in code. */
export const FROM_OPTIONS = 'option';
/** Name of the source of a value that nobody gave. */
export const FROM_DEFAULTS = 'default';

/** An option of this name in a class makes the lists of that class stand instead of their defaults. */
const REPLACE_DEFAULTS = 'replaceDefaults';

type Values = Record<string, unknown>;

const SHOWN_NAME = 100;

/**
 * Makes instances of the option classes out of defaults, environment and options, in this order of increasing
 * weight, and remembers the source of each value. Types of values are not checked here; only what can't be put
 * into an instance at all is a problem here.
 *
 * class-transformer would clone the application's own objects (signers, sinks, data sources) on the way.
 */
export class OptionBuilder {
  readonly problems: OptionProblem[] = [];
  /** Sources by path; several if a list was merged. */
  readonly sources = new Map<string, readonly string[]>();
  /** Lists by path as they were given, before the defaults were added. */
  readonly given = new Map<string, unknown>();

  constructor(private readonly environment: OptionEnvironment) {}

  build<Section extends OptionSection<string>>(
    section: SectionClass<Section>,
    given: unknown,
    path: string,
    fromEnvironment = true,
  ): Section {
    const instance = new section();
    const values = instance as unknown as Values;
    const record = this.readRecord(given, path);
    const specs = optionsOf(section);
    if (record !== undefined) this.refuseUnknown(record, specs, path);
    const replaceDefaults = this.replacesDefaults(specs, record, path);
    for (const spec of specs) {
      const place = path === '' ? spec.name : `${path}.${spec.name}`;
      const code = this.readOption(record, spec, place);
      if (spec.shape === 'section') {
        values[spec.name] = this.buildNested(spec, values[spec.name], code, place, fromEnvironment);
      } else if (spec.shape === 'sections') {
        values[spec.name] = this.buildList(spec, values[spec.name], code, place);
      } else {
        const variable = fromEnvironment && spec.fromText ? this.readVariable(spec, place) : undefined;
        values[spec.name] = this.choose(spec, values[spec.name], variable, code, place, replaceDefaults);
      }
    }
    return instance;
  }

  private replacesDefaults(specs: readonly OptionSpec[], record: object | undefined, path: string): boolean {
    const spec = specs.find(({ name }) => name === REPLACE_DEFAULTS);
    if (spec === undefined) return false;
    const code = record === undefined ? undefined : readOwn(record, REPLACE_DEFAULTS)?.value;
    const text = this.environment.read(`${path}.${REPLACE_DEFAULTS}`)?.text ?? '';
    return (code ?? spec.fromText?.(text)) === true;
  }

  private readRecord(given: unknown, path: string): Readonly<Values> | undefined {
    if (given === undefined) return undefined;
    if (isRecord(given)) return given;
    this.problems.push({ path, given: describeKind(given), allowed: 'an object of options' });
    return undefined;
  }

  private readOption(record: object | undefined, spec: OptionSpec, path: string): unknown {
    if (record === undefined) return undefined;
    const member = readOwn(record, spec.name);
    if (member === undefined) {
      this.problems.push({ path, given: 'a member that throws when it is read', allowed: spec.allowed });
    } else if (member.value === null) {
      this.problems.push({ path, given: 'null', allowed: `${spec.allowed}; leave it out for the default` });
      return undefined;
    }
    return member?.value;
  }

  private readVariable(spec: OptionSpec, path: string): { variable: string; value: unknown } | undefined {
    const found = this.environment.read(path);
    if (found === undefined) return undefined;
    const { variable, text } = found;
    const value = spec.fromText?.(text);
    if (value === undefined)
      this.problems.push({ path, given: showGiven(spec, text), allowed: spec.allowed, variable });
    return value === undefined ? undefined : { variable, value };
  }

  private buildNested(
    spec: OptionSpec,
    preset: unknown,
    code: unknown,
    path: string,
    fromEnvironment: boolean,
  ): OptionSection<string> | undefined {
    const section = spec.section!();
    const wanted =
      preset !== undefined || code !== undefined || (fromEnvironment && this.environment.mentions(section, path));
    return wanted ? this.build(section, code, path, fromEnvironment) : undefined;
  }

  private buildList(spec: OptionSpec, preset: unknown, code: unknown, path: string): unknown {
    this.sources.set(path, [code === undefined ? FROM_DEFAULTS : FROM_OPTIONS]);
    if (code === undefined) return preset;
    const items = itemsOf(code);
    if (items === undefined) {
      this.problems.push({ path, given: describeKind(code), allowed: spec.allowed });
      return preset;
    }
    return items.map((item, index) => this.build(spec.section!(), item ?? null, `${path}[${index}]`, false));
  }

  private choose(
    spec: OptionSpec,
    preset: unknown,
    variable: { variable: string; value: unknown } | undefined,
    code: unknown,
    path: string,
    replaceDefaults: boolean,
  ): unknown {
    const layers = [
      { source: FROM_DEFAULTS, value: preset },
      { source: variable?.variable ?? '', value: normalize(spec, variable?.value) },
      { source: FROM_OPTIONS, value: normalize(spec, code) },
    ].filter((layer) => layer.value !== undefined);
    const last = layers.at(-1);
    if (last === undefined) return undefined;
    const explicit = layers.filter((layer) => layer.source !== FROM_DEFAULTS).map((layer) => layer.value);
    if (spec.shape === 'list' && explicit.length > 0)
      this.given.set(path, mergeLayers(spec, explicit) ?? explicit.at(-1));
    const standing = spec.merge === 'add' ? layers : [last];
    if (replaceDefaults && spec.merge === 'add' && standing.length > 1 && preset !== undefined) standing.shift();
    const merged = mergeLayers(
      spec,
      standing.map((layer) => layer.value),
    );
    if (merged === undefined) {
      this.sources.set(path, [last.source]);
      return last.value;
    }
    const filled = standing.filter((layer) => namesOf(layer.value as object)?.length !== 0);
    this.sources.set(
      path,
      (filled.length === 0 ? [last] : filled).map((layer) => layer.source),
    );
    return merged;
  }

  private refuseUnknown(record: object, specs: readonly OptionSpec[], path: string): void {
    const names = namesOf(record);
    if (names === undefined)
      this.problems.push({ path, given: 'an object that can not be read', allowed: 'an object of options' });
    const known = specs.map((spec) => spec.name);
    for (const name of names ?? []) {
      if (known.includes(name)) continue;
      const similar = didYouMean(name, known);
      const shown = JSON.stringify(name.length > SHOWN_NAME ? `${name.slice(0, SHOWN_NAME)}…` : name).slice(1, -1);
      this.problems.push({
        path: path === '' ? shown : `${path}.${shown}`,
        given: 'an unknown option',
        allowed: known.join(', '),
        ...(similar === undefined ? {} : { didYouMean: similar }),
      });
    }
  }
}

/** Copies lists and maps, one layer upon the other; undefined if the values are neither, or not fit for it. */
function mergeLayers(spec: OptionSpec, layers: readonly unknown[]): unknown {
  if (spec.shape === 'list') {
    const lists = layers.map((layer) => itemsOf(layer));
    return lists.includes(undefined) ? undefined : [...new Set(lists.flat())];
  }
  if (spec.shape !== 'map' || !layers.every(isRecord)) return undefined;
  const merged: Values = Object.create(null) as Values;
  for (const layer of layers) {
    for (const name of namesOf(layer) ?? []) merged[name] = readOwn(layer, name)?.value;
  }
  return merged;
}

function normalize(spec: OptionSpec, value: unknown): unknown {
  const change = spec.normalize;
  if (change === undefined) return value;
  const each = (item: unknown): unknown => (typeof item === 'string' ? change(item) : item);
  if (spec.shape === 'list') return itemsOf(value)?.map(each) ?? value;
  return each(value);
}
