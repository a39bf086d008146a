import { InvalidRedactionOptionError } from '../redaction/invalid-redaction-option.error.js';
import type { RedactionMode } from '../redaction/redaction-options.interface.js';
import { Redactor } from '../redaction/redactor.js';
import type { ValueType } from '../redaction/walk/value-types.js';
import { Choice, Flag, ObjectList, TextList, TextMap } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { HmacOptions } from './redaction-hmac.options.js';
import { RedactionLimitsOptions } from './redaction-limits.options.js';
import { PathRuleOptions, REDACTION_MODES } from './redaction-path.options.js';
import { PatternOptions } from './redaction-patterns.options.js';
import { CheckedBy, Nested, NestedList } from './section.decorators.js';

/** What is hidden at the moment of capture, and how. It does not reach into events that are sealed already. */
@CheckedBy<RedactionOptions>((redaction, report) => {
  try {
    new Redactor(redaction);
  } catch (error) {
    if (!(error instanceof InvalidRedactionOptionError)) throw error;
    const [name] = error.option.replace(/^redaction\./, '').split('.');
    report.refuse(name, `what can be obeyed, and here ${error.detail.replace(/\.$/, '')}`);
  }
})
export class RedactionOptions extends OptionSection {
  /**
   * More names to hide wherever they occur inside a name: `badge` hides `badgeNumber`.
   * @default [] (added to the built-in list)
   */
  @TextList({ allowed: 'a list of names' })
  keys: string[] = [];

  /**
   * More names to hide as whole words only: `nin` hides `user.nin`, not `beginning`.
   * @default [] (added to the built-in list)
   */
  @TextList({ allowed: 'a list of names' })
  shortKeys: string[] = [];

  /**
   * Whole names that are never hidden although a key rule would match. Value patterns still apply.
   * @default [] (added to the built-in list)
   */
  @TextList({ allowed: 'a list of names' })
  allowKeys: string[] = [];

  /**
   * Drop the built-in lists of names, so that only the given ones count. Value patterns stay on.
   * @default false
   */
  @Flag()
  replaceDefaults = false;

  /**
   * How values are hidden for which nothing else is said. Passwords, PINs and card verification codes are never shown
   * in part.
   * @default 'mask'
   */
  @Choice(REDACTION_MODES)
  mode: RedactionMode = 'mask';

  /**
   * Modes of single rules, by the label in the marker: `{ 'key:iban': 'partial' }`.
   * @default {}
   */
  @TextMap({ allowed: `labels of rules with ${REDACTION_MODES.join(', ')}`, of: REDACTION_MODES })
  modes: Record<string, RedactionMode> = {};

  /**
   * Values to hide by place. A path rule wins over a key rule and over `allowKeys`.
   * @default []
   */
  @NestedList(() => PathRuleOptions)
  paths: PathRuleOptions[] = [];

  /** Secrets that are known by their shape. */
  @Nested(() => PatternOptions)
  patterns = new PatternOptions();

  /** Key for `hmac`. Without it that mode is refused and digests of cut values are left out. */
  @Nested(() => HmacOptions)
  hmac?: HmacOptions;

  /** Bounds of size and depth of one value. */
  @Nested(() => RedactionLimitsOptions)
  limits = new RedactionLimitsOptions();

  /**
   * Classes whose instances are written as text, asked before the built-in ones.
   * @default []
   */
  @ObjectList({ allowed: 'a list of objects with name, matches(value) and text(value)', valid: isValueType })
  types: ValueType[] = [];
}

function isValueType(type: object): boolean {
  const { name, matches, text } = type as Partial<ValueType>;
  return typeof name === 'string' && typeof matches === 'function' && typeof text === 'function';
}
