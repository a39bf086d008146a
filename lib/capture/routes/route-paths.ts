import { VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import type { VersioningOptions } from '@nestjs/common';

type Version = string | typeof VERSION_NEUTRAL;

/** Where a controller's handler is mounted, part by part. */
export interface RouteParts {
  readonly globalPrefix: string;
  /** Whether some routes are excluded from the global prefix; then both forms of a path are candidates. */
  readonly hasPrefixExclusions: boolean;
  readonly versioning: VersioningOptions | undefined;
  readonly versions: readonly Version[];
  /** Path of the `RouterModule`. */
  readonly modulePath: string;
  readonly controllerPaths: readonly string[];
  readonly handlerPaths: readonly string[];
}

/** Every path under which Nest may have registered a handler: global prefix, version, module, controller, handler. */
export function routePathsOf(parts: RouteParts): string[] {
  const paths: string[] = [];
  for (const version of versionPrefixes(parts)) {
    for (const controllerPath of parts.controllerPaths) {
      for (const handlerPath of parts.handlerPaths) {
        const path = join(version, parts.modulePath, controllerPath, handlerPath);
        paths.push(join(parts.globalPrefix, path));
        if (parts.globalPrefix !== '' && parts.hasPrefixExclusions) paths.push(path);
      }
    }
  }
  return paths;
}

function versionPrefixes({ versioning, versions }: RouteParts): string[] {
  if (versioning?.type !== VersioningType.URI || versions.length === 0) return [''];
  const prefix = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
  return versions.map((version) => (version === VERSION_NEUTRAL ? '' : `/${prefix}${String(version)}`));
}

/** Puts parts together as Nest does: one slash between two parts, none at the end. */
function join(...parts: readonly string[]): string {
  let path = '';
  for (const part of parts) {
    const bare = part.replace(/^\/+/, '').replace(/\/+$/, '');
    if (bare !== '') path += `/${bare}`;
  }
  return path === '' ? '/' : path;
}
