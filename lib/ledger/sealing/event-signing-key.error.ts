/** The key for signing or checking single events cannot be used. */
export class EventSigningKeyError extends Error {
  override readonly name = 'EventSigningKeyError';

  constructor(where: string, why: string) {
    super(
      `The event signing key ${where} cannot be used: ${why}. Events would be stored without the signature that was ` +
        'asked for, so nothing starts. Give a PEM private key (PKCS #8) that fits signing.events.algorithm.',
    );
  }
}
