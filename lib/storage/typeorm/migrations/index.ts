import { createSchema } from '../schema/index.js';
import type { SchemaTarget } from '../schema/index.js';
import { CreateAuditTables1795219200000 } from './1795219200000-create-audit-tables.js';

/**
 * TypeORM migrations that create the audit tables: add them to the `migrations` of the DataSource that keeps the log.
 *
 * @publicApi
 */
export const AUDIT_MIGRATIONS = [CreateAuditTables1795219200000];

/** What each migration runs, for those who bring the schema up to date without TypeORM's own runner. */
export const MIGRATION_STEPS: readonly { readonly name: string; statements(target: SchemaTarget): string[] }[] = [
  { name: 'CreateAuditTables1795219200000', statements: createSchema },
];
