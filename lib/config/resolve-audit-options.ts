import { AuditOptions } from './audit.options.js';
import type { AuditModuleOptions } from './audit.options.js';
import { InvalidAuditOptionsError } from './invalid-audit-options.error.js';
import { OptionBuilder } from './option-builder.js';
import { OptionEnvironment } from './option-environment.js';
import type { ConfigWarning, Environment } from './option-environment.js';
import type { OptionSection, Resolved } from './option-section.js';
import { completionsOf, optionsOf } from './option-spec.js';
import { checkSections, classOf, join, sectionsOf, validateOptions, valueOf } from './option-validator.js';

/**
 * Options in force: complete, checked, frozen.
 *
 * @publicApi
 */
export type ResolvedAuditOptions = Resolved<AuditOptions> & {
  /** What should be looked at: misspelled `AUDIT_…` variables, weak choices. To be logged at start. */
  readonly warnings: readonly ConfigWarning[];
  /** Where each value came from, by option path: see {@link describeEffectiveConfig}. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
};

/**
 * Puts defaults, environment variables (`AUDIT_…`) and options together; the most explicit one wins, lists are
 * merged. The given object is neither changed nor kept; functions and the application's own objects (signers, sinks)
 * are taken over as they are.
 *
 * @throws {InvalidAuditOptionsError} listing every unknown, wrong or contradicting option
 * @publicApi
 */
export function resolveAuditOptions(
  options: AuditModuleOptions = {},
  env: Environment = process.env,
): ResolvedAuditOptions {
  const environment = new OptionEnvironment(env);
  const builder = new OptionBuilder(environment);
  const root = builder.build(AuditOptions, options, '');
  const problems = [...builder.problems, ...validateOptions(root, builder)];
  const checked = checkSections(root, problems, builder.given);
  problems.push(...checked.problems);
  if (problems.length > 0) throw new InvalidAuditOptionsError(problems);

  const sources = new Map(builder.sources);
  completeSections(root, sources);
  const warnings = [...environment.warnings(AuditOptions), ...checked.warnings];
  return freeze(Object.assign(root, { warnings, sources: Object.fromEntries(sources) }));
}

function completeSections(root: OptionSection, sources: Map<string, readonly string[]>): void {
  for (const { path, section } of sectionsOf(root)) {
    const note = (option: string, source: string): void => void sources.set(join(path, option), [source]);
    for (const complete of completionsOf(classOf(section))) complete(section, note);
  }
}

/** Freezes the sections, their lists and maps; never what the application gave to be used as it is. */
function freeze(root: AuditOptions & { warnings: ConfigWarning[]; sources: object }): ResolvedAuditOptions {
  for (const { section } of sectionsOf(root)) {
    for (const spec of optionsOf(classOf(section))) {
      if (spec.shape !== 'value') Object.freeze(valueOf(section, spec.name));
    }
    Object.freeze(section);
  }
  root.warnings.forEach((warning) => Object.freeze(warning));
  Object.values(root.sources).forEach((source) => Object.freeze(source));
  Object.freeze(root.warnings);
  Object.freeze(root.sources);
  return root as unknown as ResolvedAuditOptions;
}
