import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditModuleOptions } from '../config/audit.options.js';
import { LogPaths } from '../storage/file/log-paths.js';
import { CliError } from './cli.error.js';

/** What a command's argument points to. */
export type Location =
  | { readonly kind: 'database'; readonly storage: NonNullable<AuditModuleOptions['storage']>; readonly name: string }
  | { readonly kind: 'jsonl'; readonly path: string; readonly name: string }
  | { readonly kind: 'tiles'; readonly path: string; readonly name: string };

const SERVERS = [
  [/^postgres(ql)?:/, 'postgres'],
  [/^(mysql|mariadb):/, 'mysql'],
] as const;

/**
 * Tells what is meant: a URL of a server, a SQLite file, a JSON Lines file, a folder of tiles.
 *
 * @throws CliError if there is nothing
 */
export function locate(text: string): Location {
  const server = SERVERS.find(([pattern]) => pattern.test(text));
  if (server) return { kind: 'database', storage: { type: server[1], url: text }, name: withoutPassword(text) };
  const path = text.replace(/^sqlite:(\/\/)?/, '');
  if (!existsSync(path)) {
    throw new CliError(
      `There is no "${path}". Give the URL of a server (postgres://…, mysql://…), a SQLite file, an exported JSON Lines ` +
        'file (….jsonl), or a folder of tiles.',
    );
  }
  if (statSync(path).isDirectory()) {
    if (existsSync(join(path, 'checkpoint'))) return { kind: 'tiles', path, name: path };
    throw new CliError(`The folder "${path}" has no file "checkpoint", so it is no folder of tiles.`);
  }
  if (isStore(path)) return { kind: 'database', storage: { type: 'file', path }, name: path };
  if (/\.(jsonl|ndjson)$/.test(path)) return { kind: 'jsonl', path, name: path };
  return { kind: 'database', storage: { type: 'sqlite', path }, name: path };
}

/** Beside the file of a store stand others of it; an exported file stands alone, whatever somebody took away. */
function isStore(path: string): boolean {
  const paths = new LogPaths(path);
  if (existsSync(paths.head) || existsSync(paths.manifest)) return true;
  return readdirSync(paths.folder).some((name) => paths.firstOf(name) !== null);
}

/** The URL as it may be shown. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    return parsed.href;
  } catch {
    return url.replace(/:[^:@/]*@/, ':***@');
  }
}
