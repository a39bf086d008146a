import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ApplicationPackage {
  readonly name: string;
  readonly version?: string;
}

/**
 * Name and version of the running application: of the nearest `package.json` that has a name, upwards from the
 * working directory, then upwards from the script that Node was started with.
 */
export function findApplicationPackage(
  workingDirectory: string = process.cwd(),
  mainScript: string | null = process.argv[1] ?? null,
): ApplicationPackage | undefined {
  return findUpwards(workingDirectory) ?? (mainScript === null ? undefined : findUpwards(dirname(mainScript)));
}

function findUpwards(start: string): ApplicationPackage | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

function readPackage(file: string): ApplicationPackage | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    if (typeof name !== 'string' || name === '') return undefined;
    return typeof version === 'string' && version !== '' ? { name, version } : { name };
  } catch {
    return undefined; // not there, not readable, or not JSON: the search goes on
  }
}
