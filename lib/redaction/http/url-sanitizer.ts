import type { JsonValue, SanitizerFlag } from '../../event/value-sanitizer.interface.js';
import type { Redactor } from '../redactor.js';
import { withoutHiddenParams } from './path-params.js';
import { queryMembers } from './query-members.js';

const PATH_LENGTH = 2048;

/** A request target without its secrets. */
export interface SanitizedUrl {
  /** At most 2,048 characters, as it was sent apart from what is hidden. */
  readonly path: string;
  /** Decoded names and values; repeated names as lists. Absent if there is no query. */
  readonly query?: JsonValue;
  readonly hits: number;
  readonly flags: readonly SanitizerFlag[];
}

/**
 * Hides secrets in path and query of a request target.
 *
 * @param url path and query, or a whole URL
 * @param params path parameters, if the route is known: the value of one that a key rule hides disappears from the path
 */
export function sanitizeUrl(redactor: Redactor, url: string, params?: Readonly<Record<string, unknown>>): SanitizedUrl {
  const mark = url.indexOf('?');
  const raw = mark === -1 ? url : url.slice(0, mark);
  const path = params === undefined ? raw : withoutHiddenParams(redactor, raw, params);
  const { text, hits, repaired } = redactor.describeText(path, PATH_LENGTH);
  const flags = new Set<SanitizerFlag>();
  if (repaired) flags.add('sanitized');
  if (path.length > PATH_LENGTH) flags.add('truncated');
  const result = { path: text, hits: path === raw ? hits : hits + 1 };
  if (mark === -1 || mark === url.length - 1) return { ...result, flags: [...flags] };
  const { members, truncated } = queryMembers(url.slice(mark + 1));
  if (truncated) flags.add('truncated');
  const query = redactor.sanitize(members, 'request.query');
  for (const flag of query.flags) flags.add(flag);
  return { ...result, query: query.value, hits: result.hits + query.hits, flags: [...flags] };
}
