import { percentDecode } from '../../redaction/text/percent-decode.js';

const SPECIAL = /[.*+?^${}()|[\]\\]/g;

/** A route pattern (`/invoices/:id`, `/files/*path`, `/a{/:b}`), compiled. */
export interface RoutePattern {
  /** Matches what the routers of both platforms would match, or somewhat more. */
  readonly regExp: RegExp;
  /** Names of the parameters, in the order of the expression's groups. */
  readonly names: readonly string[];
}

/** For guessing the route of a request that ended before it was routed. */
export function compilePattern(pattern: string): RoutePattern {
  const names: string[] = [];
  let source = '';
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    const parameter = /^:([\w$]+)(?:\([^)]*\))?(\?)?/.exec(rest);
    const wildcard = /^\(?\*([\w$]*)\)?/.exec(rest);
    if (parameter !== null) {
      source += parameter[2] === '?' ? '([^/]*)' : '([^/]+)';
      names.push(parameter[1]);
      at += parameter[0].length;
    } else if (wildcard !== null) {
      source += '(.*)';
      names.push(wildcard[1] || '*');
      at += wildcard[0].length;
    } else {
      source += rest[0] === '{' ? '(?:' : rest[0] === '}' ? ')?' : rest[0].replace(SPECIAL, '\\$&');
      at += 1;
    }
  }
  try {
    return { regExp: new RegExp(`^${source}/?$`, 'i'), names };
  } catch {
    return { regExp: new RegExp(`^${staticPrefix(pattern).replace(SPECIAL, '\\$&')}`, 'i'), names: [] };
  }
}

/** The parameters of a path, decoded; undefined when the path does not match. */
export function paramsOf({ regExp, names }: RoutePattern, path: string): Record<string, string> | undefined {
  const match = regExp.exec(path);
  if (match === null) return undefined;
  const params: Record<string, string> = {};
  names.forEach((name, index) => {
    const value = match[index + 1];
    if (value !== undefined) params[name] = percentDecode(value);
  });
  return params;
}

/** The part of a pattern before its first parameter, wildcard or group, in lower case. */
export function staticPrefix(pattern: string): string {
  return (/^[^:*{}()?]*/.exec(pattern)?.[0] ?? '').toLowerCase();
}
