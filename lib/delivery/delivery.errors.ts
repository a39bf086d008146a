/** The configuration of delivery can't work. Thrown at start, before anything is sent. */
export class DeliveryConfigurationError extends Error {
  override readonly name = 'DeliveryConfigurationError';
  readonly code = 'AUDIT_DELIVERY_CONFIGURATION';
}

/** No sink of this name is configured. */
export class UnknownSinkError extends Error {
  override readonly name = 'UnknownSinkError';
  readonly code = 'AUDIT_UNKNOWN_SINK';

  constructor(name: string, known: readonly string[]) {
    const list = known.length === 0 ? 'None is configured.' : `Configured are: ${known.join(', ')}.`;
    super(`There is no sink named "${name}", so nothing was done. ${list}`);
  }
}

/** Events were sealed, but a sink that they require did not acknowledge them in time. */
export class RequiredDeliveryError extends Error {
  override readonly name = 'RequiredDeliveryError';
  readonly code = 'AUDIT_REQUIRED_DELIVERY';

  constructor(
    readonly sink: string,
    readonly reason: 'held' | 'failed' | 'timeout' | 'off' | 'stopped',
    detail: string,
  ) {
    super(
      `The event is sealed, but the required sink "${sink}" has no receipt for it (${reason}): ${detail} ` +
        'It stays pending and is delivered later; see deliveryStatus().',
    );
  }
}
