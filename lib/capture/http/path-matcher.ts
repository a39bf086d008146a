const SPECIAL = /[.+?^${}()|[\]\\]/g;

/**
 * Paths that are not recorded, compiled once: exact (`/health`), everything below (`/internal/*`), or a glob in which `*`
 * stands for one segment and `**` for any number.
 *
 * Compares the path as it was sent. A path that is written differently (`%68ealth`, `//health`, `/HEALTH`) does not
 * match, so whoever plays with the spelling is recorded.
 */
export class PathMatcher {
  private readonly exact = new Set<string>();
  private readonly prefixes: string[] = [];
  private readonly globs: RegExp[] = [];

  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) {
      if (!pattern.includes('*')) {
        const path = pattern.length > 1 ? pattern.replace(/\/+$/, '') : pattern;
        this.exact.add(path).add(path === '/' ? path : `${path}/`);
      } else if (/^[^*]*\/\*\*?$/.test(pattern)) {
        this.prefixes.push(pattern.replace(/\*+$/, ''));
      } else {
        this.globs.push(globToRegExp(pattern));
      }
    }
  }

  matches(path: string): boolean {
    if (this.exact.has(path)) return true;
    for (const prefix of this.prefixes) if (path.startsWith(prefix)) return true;
    for (const glob of this.globs) if (glob.test(path)) return true;
    return false;
  }
}

function globToRegExp(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*\/?|\*)/)
    .map((part) => {
      if (part === '**/') return '(?:[^/]*/)*';
      if (part === '**') return '.*';
      return part === '*' ? '[^/]*' : part.replace(SPECIAL, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}/?$`);
}

/** The path of a request target, without query and fragment; also of an absolute one (`http://host/path`). */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  if (path.startsWith('/') || path === '') return path === '' ? '/' : path;
  const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*(\/.*)?$/.exec(path);
  return absolute === null ? path : (absolute[1] ?? '/');
}
