import { IsArray, ValidateNested } from 'class-validator';
import { option } from './option.decorators.js';
import type { OptionSection, SectionClass } from './option-section.js';
import { factsOf } from './option-spec.js';
import type { SectionCheck, SectionCompletion } from './option-spec.js';

/** A nested class of options. Without an initialiser it exists only if something in it is given. */
export function Nested(section: () => SectionClass): PropertyDecorator {
  return option({ shape: 'section', allowed: 'an object of options', section }, ValidateNested());
}

/** A list of nested classes of options. It can't come from the environment. */
export function NestedList(section: () => SectionClass): PropertyDecorator {
  const allowed = 'a list of objects of options';
  return option({ shape: 'sections', allowed, section }, IsArray(), ValidateNested({ each: true }));
}

/** Adds a check over several options of the class. It runs only if each of them is valid by itself. */
export function CheckedBy<Section extends OptionSection<string>>(check: SectionCheck<Section>) {
  return (section: new () => Section): void => void factsOf(section).checks.push(check);
}

/** Adds a step that fills in what has no constant default. It runs after the checks. */
export function CompletedBy<Section extends OptionSection<string>>(completion: SectionCompletion<Section>) {
  return (section: new () => Section): void => void factsOf(section).completions.push(completion);
}
