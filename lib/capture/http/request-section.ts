import { queryMembers } from '../../redaction/http/query-members.js';
import { withVisibleEscapes } from '../../redaction/text/identifier-escapes.js';
import type { CaptureOptions } from '../capture-options.interface.js';
import type { HttpExchange } from './http-exchange.js';

const BEYOND_ASCII = /[^\x20-\x7e]/;

type Section = Record<string, unknown>;

/** What a request brought along: body, files, query, route parameters, some headers. Redacted when the event is built. */
export function requestSection(
  exchange: HttpExchange,
  params: HttpExchange['params'],
  { http }: Pick<CaptureOptions, 'http'>,
): Section | undefined {
  if (!(exchange.handler?.options.captureRequest ?? http.captureRequest)) return undefined;
  const section: Section = {};
  if (exchange.body !== undefined) section['body'] = exchange.body;
  if (exchange.files !== undefined && exchange.files.length > 0) section['files'] = exchange.files;
  const headers = listed(exchange, http.headers);
  if (headers !== undefined) section['headers'] = headers;
  if (http.captureQuery) {
    if (!isEmpty(params)) section['params'] = params;
    const query = queryOf(exchange.target);
    if (query !== undefined) section['query'] = query;
  }
  return section;
}

function listed({ headers }: HttpExchange, names: readonly string[]): Section | undefined {
  let found: Section | undefined;
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    const value = headers[name];
    if (value !== undefined) (found ??= {})[name] = visible(value);
  }
  return found;
}

/** Node lets bytes beyond ASCII through, among them ones that move a terminal's cursor. */
function visible(value: string | string[]): string | string[] {
  if (typeof value !== 'string') return value.map((item) => visible(item) as string);
  return BEYOND_ASCII.test(value) ? withVisibleEscapes(value) : value;
}

/** Names are percent-decoded, so that the rules for them apply; repeated names become lists. */
export function queryOf(target: string): Section | undefined {
  const start = target.indexOf('?');
  if (start < 0 || start === target.length - 1) return undefined;
  return queryMembers(target.slice(start + 1)).members;
}

function isEmpty(params: HttpExchange['params']): boolean {
  for (const _ in params) return false;
  return true;
}
