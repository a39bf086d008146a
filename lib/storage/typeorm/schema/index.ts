import { columnTypes } from './column-types.js';
import { createGuards } from './guards.js';
import { createIndexes } from './indexes.js';
import type { SchemaTarget } from './schema-target.js';
import { createTables } from './tables.js';

export { GUARD_FUNCTIONS } from './guards.js';
export { findSchemaTarget } from './schema-target.js';
export type { SchemaTarget } from './schema-target.js';
export { AUDIT_TABLES } from './tables.js';

/** Key of the advisory lock under which PostgreSQL creates the tables: the bytes of `audit`. */
export const MIGRATION_LOCK = 0x6175646974;

/** All statements of the first version of the schema, in order. Running them again changes nothing. */
export function createSchema(target: SchemaTarget): string[] {
  const { dialect } = target;
  return [
    // Two processes that create the same table at the same time fail in spite of IF NOT EXISTS.
    ...(dialect === 'postgres' ? [`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`] : []),
    ...createTables(dialect, columnTypes(target)),
    ...createIndexes(dialect),
    ...createGuards(dialect),
  ];
}
