import { withImages } from '../../../lib/changes/returning/returning-statement.js';
import type { TablePlan } from '../../../lib/changes/rows/table-plan.js';

/** As much of a plan as making text needs. */
const plan = {
  table: '"t"',
  keys: [{ name: 'id', position: 0, reader: { value: Number } }],
  columns: [{ name: 'id', position: 0, reader: { value: Number } }],
  dialect: { lockForUpdate: ' FOR NO KEY UPDATE' },
  escape: (name: string) => `"${name}"`,
  selectAs: (prefix: string, row = '') => `${row}"id" AS ${prefix}0`,
} as unknown as TablePlan;

describe('withImages', () => {
  it('reads and locks the row before an UPDATE in the same statement', () => {
    expect(withImages(plan, 'UPDATE "t" SET "a" = $1, "v" = "v" + 1 WHERE "id" = $2 RETURNING "v"', 'read')?.sql).toBe(
      'WITH audit_before AS (SELECT "id" AS audit_b0, "id" AS audit_key FROM "t" WHERE "id" = $2 FOR NO KEY UPDATE) ' +
        'UPDATE "t" SET "a" = $1, "v" = "v" + 1 FROM audit_before WHERE "id" = $2 AND audit_before.audit_key = "t"."id" ' +
        'RETURNING "v", audit_before.*, "id" AS audit_a0',
    );
  });

  it('has PostgreSQL 18 return it', () => {
    expect(withImages(plan, 'UPDATE "t" SET "a" = $1 WHERE "id" = $2 RETURNING "v"', 'returned')?.sql).toBe(
      'UPDATE "t" SET "a" = $1 WHERE "id" = $2 ' +
        'RETURNING WITH (OLD AS audit_old, NEW AS audit_new) "v", audit_old."id" AS audit_b0, audit_new."id" AS audit_a0',
    );
  });

  it.each([
    ['DELETE FROM "t" WHERE "id" IN ($1, $2)', 'DELETE FROM "t" WHERE "id" IN ($1, $2) RETURNING "id" AS audit_b0'],
    ['INSERT INTO "t"("a") VALUES ($1)', 'INSERT INTO "t"("a") VALUES ($1) RETURNING "id" AS audit_a0'],
    [
      'INSERT INTO "t"("a") VALUES ($1) RETURNING "id", "v"',
      'INSERT INTO "t"("a") VALUES ($1) RETURNING "id", "v", "id" AS audit_a0',
    ],
  ])('%s', (sql, expected) => expect(withImages(plan, sql, 'read')?.sql).toBe(expected));

  it.each([
    'UPDATE "t" SET "a" = $1 WHERE "b" = $2',
    'UPDATE "t" SET "a" = $1 WHERE "id" = $2 AND "b" = $3',
    'UPDATE "t" SET "a" = $1',
    'DELETE FROM "t"',
    'INSERT INTO "t"("a") VALUES ($1) ON CONFLICT DO NOTHING ',
    'SELECT 1',
  ])('leaves alone: %s', (sql) => expect(withImages(plan, sql, 'read')).toBeUndefined());

  it('takes the images out, so that the result looks as before', () => {
    const statement = withImages(plan, 'UPDATE "t" SET "a" = $1 WHERE "id" = $2 RETURNING "v"', 'read');
    const records = [{ v: 2, audit_b0: 1, audit_key: 1, audit_a0: 1 }];
    const result = { raw: [records, 1], records, affected: 1 };
    const rows = statement?.take(result);
    expect(result).toEqual({ raw: [[{ v: 2 }], 1], records: [{ v: 2 }], affected: 1 });
    expect(rows?.[0].before?.values).toEqual([1]);
    expect(rows?.[0].after?.values).toEqual([1]);
  });
});
