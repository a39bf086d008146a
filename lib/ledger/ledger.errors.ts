/** The log was begun with another hash algorithm than the options ask for. */
export class LogAlgorithmError extends Error {
  override readonly name = 'LogAlgorithmError';

  constructor(
    readonly found: string,
    readonly wanted: string | undefined,
  ) {
    super(
      wanted === undefined
        ? `The first record of this log names the hash algorithm ${JSON.stringify(found)}, which is not known. ` +
            'Nothing can be appended to a log whose hashes cannot be computed. Verify the log.'
        : `This log was begun with ${found}; the option hashAlgorithm asks for ${wanted}. One log has one algorithm, ` +
            'or its chain could not be checked. Remove the option, or start a new log.',
    );
  }
}
