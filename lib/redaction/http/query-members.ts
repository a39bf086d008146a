import { percentDecode } from '../text/percent-decode.js';

const MOST_PAIRS = 1000;

export interface QueryMembers {
  /** Decoded names in order of appearance; a repeated name has a list. */
  readonly members: Readonly<Record<string, string | string[]>>;
  readonly truncated: boolean;
}

/**
 * Takes a query string or a form body apart. Names are decoded before any rule sees them, because `%70assword` is
 * `password` to the application; what can't be decoded stays as it is.
 */
export function queryMembers(query: string): QueryMembers {
  const members = Object.create(null) as Record<string, string | string[]>;
  // A request target has no fragment, but a URL that was passed on may: `#access_token=…` is looked at as well.
  const pairs = query.split(/[&#]/, MOST_PAIRS + 1);
  for (const pair of pairs.slice(0, MOST_PAIRS)) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decoded(pair.slice(equals + 1));
    const known = members[name];
    if (known === undefined) members[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else members[name] = [known, value];
  }
  return { members, truncated: pairs.length > MOST_PAIRS };
}

function decoded(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
