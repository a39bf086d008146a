import { validateSync } from 'class-validator';
import type { ValidationError } from 'class-validator';
import { showGiven } from './option-display.js';
import type { ConfigWarning } from './option-environment.js';
import type { OptionProblem } from './option-problem.js';
import type { OptionSection, SectionClass } from './option-section.js';
import { checksOf, optionsOf } from './option-spec.js';
import type { OptionSpec } from './option-spec.js';
import { didYouMean } from './did-you-mean.js';

/** An option class's instance with the path to it. */
export interface SectionAtPath {
  readonly path: string;
  readonly section: OptionSection;
}

/** Every section under `root`, itself first. */
export function* sectionsOf(root: OptionSection, path = ''): Generator<SectionAtPath> {
  yield { path, section: root };
  for (const spec of optionsOf(classOf(root))) {
    const value = valueOf(root, spec.name);
    const place = join(path, spec.name);
    if (spec.shape === 'section' && value !== undefined) yield* sectionsOf(value as OptionSection, place);
    if (spec.shape !== 'sections' || !Array.isArray(value)) continue;
    for (const [index, item] of value.entries()) yield* sectionsOf(item as OptionSection, `${place}[${index}]`);
  }
}

/** What the builder knows besides the values. */
export interface BuildNotes {
  readonly problems: readonly OptionProblem[];
  readonly sources: ReadonlyMap<string, readonly string[]>;
  readonly given: ReadonlyMap<string, unknown>;
}

/** Problems of single options, found by class-validator, but for those that the builder has found before. */
export function validateOptions(root: OptionSection, notes: BuildNotes): OptionProblem[] {
  const errors = validateSync(root, { forbidUnknownValues: true, validationError: { target: false } });
  const problems: OptionProblem[] = [];
  const collect = (found: readonly ValidationError[], section: OptionSection, path: string): void => {
    for (const { property, children, constraints } of found) {
      const spec = optionsOf(classOf(section)).find(({ name }) => name === property);
      const place = join(path, property);
      const value = valueOf(section, property);
      if (spec?.shape === 'section') {
        collect(children ?? [], value as OptionSection, place);
      } else if (spec?.shape === 'sections' && children?.length) {
        for (const { property: index, children: inner } of children) {
          collect(inner ?? [], (value as OptionSection[])[Number(index)], `${place}[${index}]`);
        }
      } else if (spec !== undefined && constraints !== undefined) {
        if (notes.problems.some((problem) => isWithin(place, problem.path))) continue;
        problems.push(describe(spec, place, notes.given.get(place) ?? value, notes.sources.get(place)));
      }
    }
  };
  collect(errors, root, '');
  return problems;
}

/** Problems between options. Sections that have a problem by themselves, or stand in one that has, are left out. */
export function checkSections(
  root: OptionSection,
  known: readonly OptionProblem[],
  given: ReadonlyMap<string, unknown>,
): { readonly problems: OptionProblem[]; readonly warnings: ConfigWarning[] } {
  const problems: OptionProblem[] = [];
  const warnings: ConfigWarning[] = [];
  // Inner sections first: a section is checked on the ground that those within are sound.
  for (const { path, section } of [...sectionsOf(root)].reverse()) {
    if ([...known, ...problems].some((problem) => isWithin(problem.path, path) || isWithin(path, problem.path)))
      continue;
    const report = {
      refuse: (option: string, allowed: string): void => {
        const { spec, value } = lookUp(section, option);
        const place = join(path, option);
        problems.push({ path: place, given: showGiven(spec, given.get(place) ?? value), allowed });
      },
      warn: (option: string, text: string): void => void warnings.push({ about: join(path, option), text }),
    };
    for (const check of checksOf(classOf(section))) check(section, report);
  }
  return { problems, warnings };
}

export function classOf(section: OptionSection): SectionClass {
  return section.constructor as SectionClass;
}

export function valueOf(section: OptionSection, name: string): unknown {
  return (section as unknown as Record<string, unknown>)[name];
}

export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function describe(spec: OptionSpec, path: string, value: unknown, sources: readonly string[] = []): OptionProblem {
  const similar = typeof value === 'string' && !spec.secret ? didYouMean(value, spec.choices ?? []) : undefined;
  const variable = sources.find((source) => source.startsWith('AUDIT_'));
  return {
    path,
    given: showGiven(spec, value),
    allowed: spec.allowed,
    ...(similar === undefined ? {} : { didYouMean: `'${similar}'` }),
    ...(variable === undefined ? {} : { variable }),
  };
}

function lookUp(section: OptionSection, dotted: string): { spec: OptionSpec | undefined; value: unknown } {
  const [name, ...rest] = dotted.split('.');
  const spec = optionsOf(classOf(section)).find((candidate) => candidate.name === name);
  const value = valueOf(section, name);
  return rest.length === 0 || value === undefined ? { spec, value } : lookUp(value as OptionSection, rest.join('.'));
}

function isWithin(path: string, section: string): boolean {
  return section === '' || path === section || path.startsWith(`${section}.`) || path.startsWith(`${section}[`);
}
