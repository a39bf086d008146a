import { didYouMean } from './did-you-mean.js';
import type { SectionClass } from './option-section.js';
import { walkOptions } from './option-spec.js';
import type { OptionAtPath } from './option-spec.js';

const PREFIX = 'AUDIT_';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Something that is accepted, but should not stay so. */
export interface ConfigWarning {
  /** The option or environment variable that it is about. */
  readonly about: string;
  readonly text: string;
}

/** `http.excludePaths` → `AUDIT_HTTP_EXCLUDE_PATHS`. */
export function environmentName(path: string): string {
  return (
    PREFIX +
    path
      .replaceAll('.', '_')
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toUpperCase()
  );
}

/** Whether the option can come from the environment: scalars, lists and maps of texts, outside lists of sections. */
export function isFromEnvironment({ path, spec }: OptionAtPath): boolean {
  return spec.fromText !== undefined && !path.includes('[]');
}

/** The variables `AUDIT_…` as they stand, an empty one being no value at all. */
export class OptionEnvironment {
  private readonly texts = new Map<string, string>();

  constructor(environment: Environment) {
    for (const [name, text] of Object.entries(environment)) {
      const trimmed = typeof text === 'string' ? text.trim() : '';
      if (name.startsWith(PREFIX) && trimmed !== '') this.texts.set(name, trimmed);
    }
  }

  read(path: string): { readonly variable: string; readonly text: string } | undefined {
    const variable = environmentName(path);
    const text = this.texts.get(variable);
    return text === undefined ? undefined : { variable, text };
  }

  /** Whether any option of the class is set. */
  mentions(section: SectionClass, path: string): boolean {
    if (this.texts.size === 0) return false;
    for (const option of walkOptions(section, `${path}.`)) {
      if (isFromEnvironment(option) && this.texts.has(environmentName(option.path))) return true;
    }
    return false;
  }

  /** A warning for each variable that sets nothing. It never shows a value. */
  warnings(root: SectionClass): ConfigWarning[] {
    const readable = new Set<string>();
    const codeOnly = new Map<string, string>();
    for (const option of walkOptions(root)) {
      if (isFromEnvironment(option)) readable.add(environmentName(option.path));
      else codeOnly.set(environmentName(option.path), option.path);
    }
    return [...this.texts.keys()]
      .filter((name) => !readable.has(name))
      .map((name) => ({ about: name, text: describeUnknown(name, codeOnly.get(name), readable) }));
  }
}

function describeUnknown(name: string, codeOnly: string | undefined, readable: Iterable<string>): string {
  if (codeOnly !== undefined) {
    return `${name} is ignored: ${codeOnly} can only be given in code.`;
  }
  const similar = didYouMean(name, readable);
  return `${name} is ignored: there is no such option.${similar === undefined ? '' : ` Did you mean ${similar}?`}`;
}
