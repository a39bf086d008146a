import { showValue } from './option-display.js';
import { optionsOf } from './option-spec.js';
import { classOf, join, sectionsOf, valueOf } from './option-validator.js';
import type { OptionSection } from './option-section.js';
import type { ResolvedAuditOptions } from './resolve-audit-options.js';

/** One line of the effective configuration. */
export interface EffectiveOption {
  /** Dotted way to the option. */
  readonly path: string;
  /** The value in words, secrets masked. */
  readonly value: string;
  /** `default`, `option`, an environment variable's name, or several of them joined by ` + ` for a merged list. */
  readonly source: string;
}

/**
 * The options as they are in force, in a stable order, with the source of each; options that have no value are left
 * out. Secrets are masked: passwords and keys, user and query of URLs.
 *
 * @publicApi
 */
export function describeEffectiveConfig(resolved: ResolvedAuditOptions): readonly EffectiveOption[] {
  const lines: EffectiveOption[] = [];
  for (const { path, section } of sectionsOf(resolved as unknown as OptionSection)) {
    for (const spec of optionsOf(classOf(section))) {
      const value = valueOf(section, spec.name);
      if (spec.section !== undefined || value === undefined) continue;
      const place = join(path, spec.name);
      lines.push({ path: place, value: showValue(spec, value), source: (resolved.sources[place] ?? []).join(' + ') });
    }
  }
  return lines;
}

/**
 * The effective configuration as a table of plain text, one option a line.
 *
 * @publicApi
 */
export function formatEffectiveConfig(lines: readonly EffectiveOption[]): string {
  const pathWidth = Math.max(0, ...lines.map(({ path }) => path.length));
  const valueWidth = Math.min(60, Math.max(0, ...lines.map(({ value }) => value.length)));
  return lines
    .map(({ path, value, source }) => `${path.padEnd(pathWidth)}  ${oneLine(value).padEnd(valueWidth)}  (${source})`)
    .join('\n');
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
}
