/** Plurals whose singular the rules below would get wrong, and words that are no plurals. */
const IRREGULAR: Readonly<Record<string, string>> = {
  people: 'person',
  children: 'child',
  men: 'man',
  women: 'woman',
  mice: 'mouse',
  movies: 'movie',
  cookies: 'cookie',
  indices: 'index',
  vertices: 'vertex',
  series: 'series',
  species: 'species',
  news: 'news',
  statuses: 'status',
  analyses: 'analysis',
};

/** The singular of an English plural, as far as a few rules go; anything else stays as it is. */
export function singular(word: string): string {
  const last = /[^-_.]+$/.exec(word)?.[0] ?? word;
  const head = word.slice(0, word.length - last.length);
  const lower = last.toLowerCase();
  const irregular = Object.hasOwn(IRREGULAR, lower) ? IRREGULAR[lower] : undefined;
  if (irregular !== undefined) return head + irregular;
  if (/[^aeiou]ies$/i.test(last)) return head + last.slice(0, -3) + 'y';
  if (/(?:ss|sh|ch|x|z)es$/i.test(last)) return head + last.slice(0, -2);
  if (/(?:ss|us|is|as)$/i.test(last) || !/s$/i.test(last) || last.length < 3) return word;
  return head + last.slice(0, -1);
}

/** The last segment of a route that is neither a parameter nor a wildcard nor a version. */
export function lastStaticSegment(path: string): string | undefined {
  return path
    .split('/')
    .filter((segment) => /^[A-Za-z][\w.-]*$/.test(segment) && !/^v\d+$/i.test(segment))
    .at(-1);
}

/** What a controller deals with: from its path, else from the handler's path, else from its class name. */
export function resourceTypeOf(controllerPath: string, handlerPath: string, className: string): string {
  const segment = lastStaticSegment(controllerPath) ?? lastStaticSegment(handlerPath);
  if (segment !== undefined) return singular(segment);
  const name = className.replace(/(?:Controller|Resolver|Gateway)$/, '') || className || 'resource';
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
