/**
 * What a transaction did could not be recorded inside it. With `durability: 'strict'` the transaction must not commit then,
 * so this error goes through to whoever wrote; `cause` is the driver's own error.
 *
 * @publicApi
 */
export class ChangeNotRecordedError extends Error {
  override readonly name = 'ChangeNotRecordedError';
  readonly code = 'AUDIT_CHANGE_NOT_RECORDED';

  /** @param doing what failed, as in `write 3 events to audit_outbox` */
  constructor(doing: string, cause: unknown, consequence: string = ROLL_BACK) {
    super(
      `Could not ${doing}: ${messageOf(cause)}. ${consequence} Put right what the cause says (if a table is missing, run ` +
        'the migrations of AUDIT_MIGRATIONS; if a right is missing, grant it), then try again.',
      { cause },
    );
  }
}

const ROLL_BACK =
  "With durability 'strict' nothing may be committed that is not recorded, so the transaction has to be rolled back.";

function messageOf(cause: unknown): string {
  const { message } = (cause ?? {}) as { message?: unknown };
  return (typeof message === 'string' ? message : String(cause)).replace(/\.$/, '');
}
