import type { Concealer } from '../concealer.js';
import type { KeyPlanner } from '../keys/key-planner.js';
import type { PathRules } from '../paths/path-rules.js';
import type { RedactionLimits } from '../redaction-limits.js';
import type { TextRedactor } from '../text/text-redactor.js';
import type { ValueType } from './value-types.js';

/** What a walk goes by; the same for all walks of a redactor. */
export interface WalkRules {
  readonly limits: RedactionLimits;
  readonly keys: KeyPlanner;
  readonly texts: TextRedactor;
  readonly concealer: Concealer;
  /** Left out if there are none: without them a walk needs no track of where it is. */
  readonly paths: PathRules | undefined;
  readonly types: readonly ValueType[];
}
