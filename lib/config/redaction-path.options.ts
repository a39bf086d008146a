import type { RedactionMode } from '../redaction/redaction-options.interface.js';
import { Choice, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';

export const REDACTION_MODES = ['mask', 'partial', 'hmac', 'remove'] as const satisfies readonly RedactionMode[];

/** One place whose value is hidden. */
export class PathRuleOptions extends OptionSection<'path'> {
  /**
   * Names joined by dots, from the root: `request.body.user.email`, `metadata.patient.*`, `**.diagnosis`. A dot, star
   * or backslash in a name is written `\.`, `\*`, `\\`.
   */
  @Text({ required: true, allowed: 'names joined by dots' })
  path!: string;

  /**
   * How it is hidden.
   * @default `redaction.mode`
   */
  @Choice(REDACTION_MODES)
  mode?: RedactionMode;
}
