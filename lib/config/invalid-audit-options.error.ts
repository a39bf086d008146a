import type { OptionProblem } from './option-problem.js';

/** Problems shown in the message; the rest are counted. All stand in `problems`. */
const SHOWN_PROBLEMS = 40;

/**
 * Options are unknown, wrong or contradict each other. Raised before anything starts, with every problem found:
 * an audit trail that runs with other options than its owner believes is worse than one that does not start.
 *
 * @publicApi
 */
export class InvalidAuditOptionsError extends Error {
  override readonly name = 'InvalidAuditOptionsError';
  readonly code = 'AUDIT_INVALID_OPTIONS';

  constructor(readonly problems: readonly OptionProblem[]) {
    super(
      `The audit options have ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}. ` +
        'Nothing was started, because the trail would not record what its options seem to say. Correct:\n' +
        problems.slice(0, SHOWN_PROBLEMS).map(describeProblem).join('\n') +
        (problems.length > SHOWN_PROBLEMS ? `\n  … and ${problems.length - SHOWN_PROBLEMS} more.` : ''),
    );
  }
}

function describeProblem(problem: OptionProblem): string {
  const origin = problem.variable === undefined ? '' : ` from ${problem.variable}`;
  const hint = problem.didYouMean === undefined ? '' : ` Did you mean ${problem.didYouMean}?`;
  return `  - ${problem.path === '' ? 'options' : problem.path}: got ${problem.given}${origin}; allowed: ${problem.allowed}.${hint}`;
}
