/** A record does not fit into a log entry. It never will, so the queue reduces the event. */
export class RecordTooLargeError extends RangeError {
  override readonly name = 'RecordTooLargeError';
  readonly transient = false;

  constructor(id: string, bytes: number, limit: number) {
    super(
      `The record of event ${id} has ${bytes} bytes; a log entry holds ${limit} at most, because its length is kept in ` +
        '16 bits. Put long values into metadata or another section.',
    );
  }
}
