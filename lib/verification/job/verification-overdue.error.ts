/** The scheduled verification did not come to its end in time: an attacker may keep it from running. */
export class VerificationOverdueError extends Error {
  override readonly name = 'VerificationOverdueError';

  constructor(
    /** RFC 3339 UTC. */
    readonly dueAt: string,
    lastRunAt: string | null,
  ) {
    super(
      `The verification of the audit log was due at ${dueAt} and has not come to its end; the last one ended ` +
        `${lastRunAt === null ? 'never' : `at ${lastRunAt}`}. Until it runs, changes to the log go unnoticed. See that one ` +
        'instance of the application is up at that time and can read its database, or change verification.cron.',
    );
  }
}
