import type { JsonValue, ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import { percentDecode } from '../text/percent-decode.js';

/**
 * A path without the values of its hidden parameters: on `/reset/:token` the path holds what `params.token` may not show.
 *
 * @param path as it was sent, without query
 * @param params the route's parameters, decoded
 */
export function withoutHiddenParams(
  sanitizer: ValueSanitizer,
  path: string,
  params: Readonly<Record<string, unknown>>,
): string {
  const clean = sanitizer.sanitize(params, 'request.params').value as Readonly<Record<string, JsonValue>>;
  let segments: string[] | undefined;
  for (const name of Object.keys(params)) {
    const label = labelOf(clean[name]);
    if (label === undefined) continue;
    const hidden = segmentsOf(params[name]);
    segments ??= path.split('/');
    segments = segments.map((segment) =>
      hidden.has(segment) || hidden.has(percentDecode(segment)) ? `[REDACTED:${label}]` : segment,
    );
  }
  return segments === undefined ? path : segments.join('/');
}

/** What stands in the marker of a hidden value. */
function labelOf(value: JsonValue | undefined): string | undefined {
  const label: unknown = (value as { $redacted?: unknown } | null | undefined)?.$redacted;
  return typeof label === 'string' ? label : undefined;
}

/** A wildcard spans several segments, as one text or as a list. */
function segmentsOf(value: unknown): ReadonlySet<string> {
  const texts = [value].flat().filter((one) => typeof one === 'string');
  return new Set(texts.flatMap((text) => text.split('/')).filter((segment) => segment !== ''));
}
