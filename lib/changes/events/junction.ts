import { entityPolicyOf } from '../decorators/entity-policy.js';
import type { RowImage } from '../rows/row-image.js';
import type { PlannedColumn, TablePlan } from '../rows/table-plan.js';
import type { ColumnMetadata } from '../typeorm/metadata.types.js';

/** The relation that a junction table stands for, seen from its owner. */
export interface JunctionRelation {
  /** Property of the owner that holds the relation. */
  readonly path: string;
  readonly captured: boolean;
  readonly ownerResource: string;
  readonly targetResource: string;
  ownerId(image: RowImage): string;
  targetId(image: RowImage): string;
}

const RELATIONS = new WeakMap<TablePlan, JunctionRelation | null>();

/** @returns null for tables that are entities of their own */
export function relationOf(plan: TablePlan): JunctionRelation | null {
  const known = RELATIONS.get(plan);
  if (known !== undefined) return known;
  const relation = plan.metadata.isJunction ? describe(plan) : null;
  RELATIONS.set(plan, relation);
  return relation;
}

/** Whether anything of a table is recorded, and not by a trigger. */
export function isRecorded(plan: TablePlan): boolean {
  return !plan.byTrigger && isOfInterest(plan);
}

/** Whether anything of a table is to be in the trail. */
export function isOfInterest(plan: TablePlan): boolean {
  const relation = relationOf(plan);
  return relation ? relation.captured : !plan.metadata.isJunction && plan.captured;
}

function describe(plan: TablePlan): JunctionRelation | null {
  const { ownerColumns, inverseColumns } = plan.metadata;
  const owner = ownerColumns[0]?.referencedColumn?.entityMetadata;
  const target = inverseColumns[0]?.referencedColumn?.entityMetadata;
  if (!owner || !target) return null;
  const relation = owner.manyToManyRelations.find(
    ({ junctionEntityMetadata, isOwning }) => isOwning && junctionEntityMetadata === plan.metadata,
  );
  const path = relation?.propertyPath ?? plan.metadata.tableName;
  const ownerPolicy = entityPolicyOf(owner.target);
  const ownerFace = plan.rules.faceOf(owner, ownerPolicy);
  return {
    path,
    captured: ownerFace.captured && !ownerPolicy.exclude.includes(path),
    ownerResource: ownerFace.resource,
    targetResource: plan.rules.faceOf(target, entityPolicyOf(target.target)).resource,
    ownerId: (image) => idThrough(plan, ownerColumns, image),
    targetId: (image) => idThrough(plan, inverseColumns, image),
  };
}

/** The same form as the other row's own id has. */
function idThrough(plan: TablePlan, columns: readonly ColumnMetadata[], image: RowImage): string {
  const value = (column: ColumnMetadata) =>
    String(image.values[(plan.byName(column.databaseName) as PlannedColumn).position]);
  if (columns.length === 1) return value(columns[0]);
  const pairs = columns.map((column): [string, string] => [
    column.referencedColumn?.propertyPath ?? column.propertyPath,
    value(column),
  ]);
  return new URLSearchParams(pairs).toString();
}
