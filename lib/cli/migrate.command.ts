import { Command } from 'commander';
import { resolveAuditOptions } from '../config/resolve-audit-options.js';
import { AUDIT_TABLES } from '../storage/typeorm/schema/tables.js';
import type { CliIo } from './cli-io.interface.js';
import { CliError } from './cli.error.js';
import { DATABASE_ARGUMENT, withDatabase } from './open-database.js';
import { json, paint } from './terminal.js';

/** Creates or updates the tables. */
export function migrateCommand(io: CliIo): Command {
  return new Command('migrate')
    .description("create the log's tables, or bring them up to date; harmless when they are")
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, options: { database?: string; json?: boolean }) => {
      const location = options.database ?? argument;
      const resolved = resolveAuditOptions(
        { storage: { ...(location !== undefined && storageAt(location)), migrate: true } },
        io.env,
      );
      if (resolved.storage.type === 'file') throw new CliError('A JSON Lines file has no tables: nothing to migrate.');
      await withDatabase(resolved, async ({ storage, name }) => {
        const { size } = await storage.ledger.readHead();
        if (options.json) return json(io, { database: name, kind: storage.kind, tables: AUDIT_TABLES, size });
        io.out(`${paint(io, 'green', 'up to date')}  ${name} (${storage.kind}), ${size} records\n`);
      });
    });
}

/** A file need not exist yet. */
function storageAt(location: string) {
  if (/^postgres(ql)?:/.test(location)) return { type: 'postgres', url: location } as const;
  if (/^(mysql|mariadb):/.test(location)) return { type: 'mysql', url: location } as const;
  return { type: 'sqlite', path: location.replace(/^sqlite:(\/\/)?/, '') } as const;
}
