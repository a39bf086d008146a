import type { AuditModuleOptions } from '../config/audit.options.js';
import { resolveAuditOptions } from '../config/resolve-audit-options.js';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import { createStorage } from '../storage/storage.factory.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { locate, withoutPassword } from './locations.js';

/** An opened log and the options in force. */
export interface OpenDatabase {
  readonly storage: AuditStorage;
  readonly options: ResolvedAuditOptions;
  /** How it is called in messages; without password. */
  readonly name: string;
}

/** How the description of commands puts it. */
export const DATABASE_ARGUMENT = 'URL of a server, or SQLite file (default: AUDIT_STORAGE_… or ./audit.sqlite)';

/** Options from flags and `AUDIT_…` variables, with the log that an argument names. Nothing is ever created. */
export function resolveOptions(
  io: CliIo,
  location: string | undefined,
  more: AuditModuleOptions = {},
): ResolvedAuditOptions {
  // What the environment says of another store must not be mixed with the one that is named.
  const env = location === undefined ? io.env : withoutStorage(io.env);
  const storage = location === undefined ? { migrate: false } : databaseAt(location);
  return resolveAuditOptions({ ...more, storage }, env);
}

/**
 * Opens a log, does something with it, closes it.
 *
 * @param access a log in files can be written to only while no application does
 * @throws CliError, StoreError, SchemaMissingError
 */
export async function withDatabase<T>(
  options: ResolvedAuditOptions,
  work: (database: OpenDatabase) => Promise<T>,
  access: 'read' | 'write' = 'read',
): Promise<T> {
  const { type, path, url } = options.storage;
  if (type === 'memory' || type === 'datasource') {
    throw new CliError(
      `The storage type "${type}" can't be opened from outside of the application. Name the database: its URL or file.`,
    );
  }
  // SQLite would make an empty file, and everything would look fine.
  if (path !== undefined && !options.storage.migrate) locate(path);
  // A file has one writer, the application; whoever only looks does not get in its way.
  const readOnly = type === 'file' && access === 'read';
  const storage = createStorage({ ...options.storage, ...(readOnly && { readOnly }) });
  try {
    await storage.open();
    return await work({ storage, options, name: url === undefined ? String(path) : withoutPassword(url) });
  } finally {
    await storage.close();
  }
}

function databaseAt(text: string): NonNullable<AuditModuleOptions['storage']> {
  const location = locate(text);
  if (location.kind === 'database') return { ...location.storage, migrate: false };
  if (location.kind === 'jsonl') return { type: 'file', path: location.path, migrate: false };
  throw new CliError(
    `"${text}" is a folder of tiles. This command needs the database; "verify" and "check-proof" do not.`,
  );
}

function withoutStorage(env: CliIo['env']): CliIo['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AUDIT_STORAGE_')));
}
