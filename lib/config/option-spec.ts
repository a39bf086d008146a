import type { OptionSection, SectionClass } from './option-section.js';
import type { SectionReport } from './section-report.js';

/** How the values of an option are put together: see {@link OptionSpec.shape}. */
export type OptionShape = 'value' | 'list' | 'map' | 'section' | 'sections';

/** What is known of one option; written by the decorators of `option.decorators.ts`. */
export interface OptionSpec {
  readonly name: string;
  /**
   * `value`: the most explicit one wins. `list` and `map`: see `merge`. `section`: a nested class of options.
   * `sections`: a list of nested classes of options.
   */
  readonly shape: OptionShape;
  /** In words, for error messages and the documentation: "a whole number from 1". */
  readonly allowed: string;
  /** Must be given as soon as its section is. */
  readonly required?: boolean;
  /** Never shown, neither in errors nor in the effective configuration. */
  readonly secret?: boolean;
  /** For lists and maps: `add` to the defaults, or let the most explicit one stand alone. */
  readonly merge?: 'add' | 'override';
  /** Words to compare a wrong value with. */
  readonly choices?: readonly string[];
  /** Reads the option from an environment variable; undefined if the text is not readable. Absent: code only. */
  readonly fromText?: (text: string) => unknown;
  /** Brings a value that is spelled differently into the one form. Gets only strings. */
  readonly normalize?: (text: string) => string;
  /** What of a text may be shown. Gets any text, also a wrong one. */
  readonly show?: (text: string) => string;
  /** For `section` and `sections`. */
  readonly section?: () => SectionClass;
}

/** Looks for what no single option can tell, e.g. that two options contradict each other. */
export type SectionCheck<Section> = (section: Section, report: SectionReport) => void;

/** Fills in what has no constant default. `note` says where a value came from. */
export type SectionCompletion<Section> = (section: Section, note: (option: string, source: string) => void) => void;

interface SectionFacts {
  readonly options: Map<string, OptionSpec>;
  readonly checks: SectionCheck<never>[];
  readonly completions: SectionCompletion<never>[];
}

const registry = new WeakMap<object, SectionFacts>();

/** @internal for the decorators */
export function factsOf(section: object): SectionFacts {
  let facts = registry.get(section);
  if (facts === undefined) {
    facts = { options: new Map(), checks: [], completions: [] };
    registry.set(section, facts);
  }
  return facts;
}

/** The options of a class in the order of their declaration, those of its base classes first. */
export function optionsOf(section: SectionClass): OptionSpec[] {
  const specs = new Map<string, OptionSpec>();
  for (const ancestor of lineageOf(section)) {
    for (const spec of factsOf(ancestor).options.values()) specs.set(spec.name, spec);
  }
  return [...specs.values()];
}

export function checksOf(section: SectionClass): SectionCheck<OptionSection>[] {
  return lineageOf(section).flatMap((ancestor) => factsOf(ancestor).checks as SectionCheck<OptionSection>[]);
}

export function completionsOf(section: SectionClass): SectionCompletion<OptionSection>[] {
  return lineageOf(section).flatMap((ancestor) => factsOf(ancestor).completions as SectionCompletion<OptionSection>[]);
}

/** One option with the way to it from the root: `actor.jwt.algorithms`, `checkpoints.anchors[].directory`. */
export interface OptionAtPath {
  readonly path: string;
  readonly spec: OptionSpec;
  /** The class that declares it. */
  readonly section: SectionClass;
}

/** Every option of a class and, right behind it, those of the classes nested in it. */
export function* walkOptions(section: SectionClass, prefix = ''): Generator<OptionAtPath> {
  for (const spec of optionsOf(section)) {
    const path = prefix + spec.name;
    yield { path, spec, section };
    if (spec.section) yield* walkOptions(spec.section(), `${path}${spec.shape === 'sections' ? '[]' : ''}.`);
  }
}

function lineageOf(section: SectionClass): object[] {
  const lineage: object[] = [];
  for (let current: object | null = section; current !== null && current !== Function.prototype;) {
    lineage.unshift(current);
    current = Object.getPrototypeOf(current) as object | null;
  }
  return lineage;
}
