/**
 * Paths of changes: names joined by dots, from the entity's root. A dot or a backslash in a name (JSON columns may have
 * such) is written with a backslash before it.
 */
export function joinPath(parent: string, name: string): string {
  return `${parent}.${name.replace(/[\\.]/g, '\\$&')}`;
}

/** The names of a path. */
export function splitPath(path: string): string[] {
  const names: string[] = [''];
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '.') names.push('');
    else names[names.length - 1] += path[at] === '\\' ? path[++at] : path[at];
  }
  return names;
}
