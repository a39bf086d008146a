import { validateCronExpression } from 'cron';
import type { IntegrityViolation } from '../verification/history/integrity-violation.interface.js';
import { Callback, Choice, Flag, Text, WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

export const VERIFICATION_MODES = ['incremental', 'full'] as const;
export type VerificationMode = (typeof VERIFICATION_MODES)[number];

/** The scheduled verification of the log. */
@CheckedBy<VerificationOptions>((verification, report) => {
  if (!validateCronExpression(verification.cron).valid) {
    report.refuse('cron', "a cron expression of five or six fields, such as '0 2 * * *'");
  }
  if (verification.timeZone !== undefined && !isTimeZone(verification.timeZone)) {
    report.refuse('timeZone', "an IANA time zone, such as 'Europe/Berlin'");
  }
})
export class VerificationOptions extends OptionSection {
  /**
   * Verify on a schedule. When off, `AuditService.verify()` and the command line still work.
   * @default true
   */
  @Flag()
  enabled = true;

  /**
   * When it runs, as a cron expression. Of several instances one runs it.
   * @default '0 2 * * *'
   */
  @Text({ allowed: 'a cron expression' })
  cron = '0 2 * * *';

  /**
   * IANA time zone of `cron`. Times in the log are UTC in any case.
   * @default the process's time zone
   */
  @Text({ allowed: 'an IANA time zone' })
  timeZone?: string;

  /**
   * Read what is new and a part of the old (`incremental`), or everything (`full`).
   * @default 'incremental'
   */
  @Choice(VERIFICATION_MODES)
  mode: VerificationMode = 'incremental';

  /**
   * In how many runs the old part of the log is read once in full. It does not delay the check of new events.
   * @default 30
   */
  @WholeNumber({ min: 1, max: 3_650 })
  rolling = 30;

  /**
   * File in which the verifier remembers what it has verified. Kept in the database instead it is weaker, because
   * the database's owner could edit it.
   * @default none: kept in the database
   */
  @Text({ allowed: 'a path of a file' })
  stateFile?: string;

  /**
   * File with the keys that are trusted, each with the sizes for which it counts.
   * @default only the key of `signing` is trusted
   */
  @Text({ allowed: 'a path of a trust file' })
  trustFile?: string;

  /**
   * Called when a run, signing or anchoring finds that the log was changed: with the first finding and, of a run, the
   * `verdict` with all of them. It is not called for a run that could not check.
   */
  @Callback('a function (violation) => void, or a promise of it')
  onViolation?: (violation: IntegrityViolation) => void | Promise<void>;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
