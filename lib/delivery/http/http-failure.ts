/** No usable answer came. Whether the other side got the request is unknown, so it has to be sent again. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';

  constructor(
    readonly kind: 'network' | 'timeout' | 'aborted',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
