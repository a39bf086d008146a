import { DeliveryConfigurationError } from '../delivery.errors.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Reads the URL of a destination.
 *
 * @param allowHttp plain HTTP is accepted anywhere, not only on this machine
 * @throws DeliveryConfigurationError if it is not a URL, has credentials in it, or is not encrypted
 */
export function parseEndpoint(sink: string, text: unknown, allowHttp: boolean): URL {
  if (typeof text !== 'string' || !URL.canParse(text)) {
    throw new DeliveryConfigurationError(`The option "url" of sink "${sink}" is not an absolute URL.`);
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new DeliveryConfigurationError(
      `The option "url" of sink "${sink}" begins with https://, not ${url.protocol}//.`,
    );
  }
  if (url.protocol === 'http:' && !allowHttp && !LOOPBACK.test(url.hostname)) {
    throw new DeliveryConfigurationError(
      `The URL of sink "${sink}" is plain HTTP, so anybody on the way can read the events and the key. Use https://, ` +
        'or set allowHttp: true for a network that you trust.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new DeliveryConfigurationError(
      `The URL of sink "${sink}" has credentials in it, which end up in logs and errors. Use the option for the key.`,
    );
  }
  return url;
}
