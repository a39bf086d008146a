/** One thing that is wrong with the options. */
export interface OptionProblem {
  /** Dotted way to the option: `actor.jwt.algorithms`, `delivery.sinks[0]`. Empty for the options as a whole. */
  readonly path: string;
  /** What was given, in words that show no secret. */
  readonly given: string;
  /** What is allowed, in words. */
  readonly allowed: string;
  /** An option or value that was probably meant. */
  readonly didYouMean?: string;
  /** The environment variable that the value came from, if it did. */
  readonly variable?: string;
}
