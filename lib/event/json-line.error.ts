/** A line is not one of the JSON Lines form. */
export class JsonLineError extends Error {
  override readonly name = 'JsonLineError';

  /** @param why ends the sentence "The line cannot be read: …" */
  constructor(
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`The line is not one of a log in JSON Lines: ${why}.`, options);
  }
}
