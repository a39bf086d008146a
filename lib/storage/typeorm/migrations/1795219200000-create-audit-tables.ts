import type { MigrationInterface, QueryRunner } from 'typeorm';
import { StoreError } from '../../../ledger/store.error.js';
import { dialectOf } from '../dialect/index.js';
import { AUDIT_TABLES, createSchema, findSchemaTarget, GUARD_FUNCTIONS } from '../schema/index.js';

/** All tables of the audit log, the head row, and the triggers that guard them. */
export class CreateAuditTables1795219200000 implements MigrationInterface {
  readonly name = 'CreateAuditTables1795219200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { name: dialect } = dialectOf(queryRunner.connection.options.type);
    const target = await findSchemaTarget(dialect, (sql) => queryRunner.query(sql));
    for (const sql of createSchema(target)) await queryRunner.query(sql);
  }

  /** Takes an empty log away. @throws StoreError when something was recorded: undoing a migration must not destroy it */
  async down(queryRunner: QueryRunner): Promise<void> {
    const recorded = (await queryRunner.query('SELECT 1 FROM audit_event LIMIT 1')) as unknown[];
    if (recorded.length > 0) {
      throw new StoreError(
        'The audit log has records, and reverting its migration would destroy them. Export the log first, then drop ' +
          `the tables by hand: ${AUDIT_TABLES.join(', ')}.`,
        { reason: 'refused' },
      );
    }
    for (const table of AUDIT_TABLES) await queryRunner.query(`DROP TABLE ${table}`);
    if (dialectOf(queryRunner.connection.options.type).name === 'postgres') {
      for (const name of GUARD_FUNCTIONS) await queryRunner.query(`DROP FUNCTION ${name}()`);
    }
  }
}
