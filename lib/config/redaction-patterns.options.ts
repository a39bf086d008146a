import type { CustomPattern } from '../redaction/patterns/custom-pattern.js';
import { ObjectList, TextList } from './option.decorators.js';
import { OptionSection } from './option-section.js';

const BUILT_IN_PATTERNS = [
  'pan',
  'jwt',
  'private-key',
  'vendor-token',
  'userinfo',
  'bearer',
  'basic',
  'assignment',
  'element',
  'json-snippet',
];
const OPTIONAL_PATTERNS = ['email', 'iban', 'us-ssn'];

/** Secrets that are known by their shape, whatever the key. */
export class PatternOptions extends OptionSection {
  /**
   * Built-in patterns to switch on.
   * @default []
   */
  @TextList({ of: OPTIONAL_PATTERNS, allowed: `a list of ${OPTIONAL_PATTERNS.join(', ')}` })
  enable: string[] = [];

  /**
   * Built-in patterns to switch off.
   * @default []
   */
  @TextList({ of: BUILT_IN_PATTERNS, allowed: `a list of ${BUILT_IN_PATTERNS.join(', ')}` })
  disable: string[] = [];

  /**
   * Patterns of the application. One that could backtrack without bound is refused.
   * @default []
   */
  @ObjectList({ allowed: 'a list of objects with a name and a RegExp as pattern', valid: isPattern })
  custom: CustomPattern[] = [];
}

function isPattern(custom: object): boolean {
  const { name, pattern } = custom as Partial<CustomPattern>;
  return typeof name === 'string' && Object.prototype.toString.call(pattern) === '[object RegExp]';
}
