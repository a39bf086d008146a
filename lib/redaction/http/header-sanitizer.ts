import type { SanitizedValue } from '../../event/value-sanitizer.interface.js';
import type { Redactor } from '../redactor.js';
import { withVisibleEscapes } from '../text/identifier-escapes.js';

/**
 * Headers as an HTTP server gives them.
 */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | number | undefined>>;

/**
 * Picks headers by name and hides secrets in them. A list of what may be kept, not of what may not: the next proxy
 * invents a header with a token in it. A header on the list whose name a key rule hides keeps its name only.
 *
 * @param names headers to keep, in any case
 */
export function sanitizeHeaders(redactor: Redactor, headers: HeaderValues, names: Iterable<string>): SanitizedValue {
  const wanted = new Set([...names].map((name) => name.toLowerCase()));
  const picked = Object.create(null) as Record<string, string | string[]>;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || value === null || !wanted.has(name.toLowerCase())) continue;
    picked[name.toLowerCase()] = Array.isArray(value)
      ? value.map((one) => withVisibleEscapes(String(one)))
      : withVisibleEscapes(String(value));
  }
  return redactor.sanitize(picked, 'request.headers');
}
