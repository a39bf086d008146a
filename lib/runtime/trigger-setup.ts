import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from '#module-location';
import type { DataSource } from 'typeorm';
import { triggerStatements } from '../changes/triggers/trigger-statements.js';
import type { AuditModuleOptions } from '../config/audit.options.js';
import { resolveAuditOptions } from '../config/resolve-audit-options.js';
import { Redactor } from '../redaction/redactor.js';
import { selectionOf } from './entity-changes.js';

const SCRIPT = join(buildFolder, '..', '..', 'sql', 'triggers.postgres.sql');

/**
 * The SQL that has PostgreSQL record changes by raw SQL: the shipped functions, then one call of `audit_attach` for each
 * recorded entity, for a migration of the application. Columns that are masked or ignored, or that redaction hides by
 * their names, do not even get into the outbox. Running it again is harmless.
 *
 * ```ts
 * for (const sql of auditTriggerStatements(queryRunner.dataSource)) await queryRunner.query(sql);
 * ```
 *
 * @param dataSource initialised, of PostgreSQL, with the audit tables
 * @param options as for `AuditModule.forRoot`; what counts is `changes.entities`, `changes.exclude` and `redaction`
 * @publicApi
 */
export function auditTriggerStatements(dataSource: DataSource, options: AuditModuleOptions = {}): string[] {
  const { changes, redaction } = resolveAuditOptions(options);
  const calls = triggerStatements(dataSource, new Redactor(redaction), selectionOf(changes));
  return [readFileSync(SCRIPT, 'utf8'), ...calls];
}
