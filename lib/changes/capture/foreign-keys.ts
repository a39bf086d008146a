import type { DataSource } from 'typeorm';
import type { TablePlan } from '../rows/table-plan.js';
import type { TablePlans } from '../rows/table-plans.js';

export type CascadeEffect = 'delete' | 'update';

/** A table whose rows the database changes by itself when rows of another are deleted or renumbered. */
export interface Dependent {
  readonly plan: TablePlan;
  /** Columns that refer to the other table, and the columns there that they refer to. */
  readonly columns: readonly string[];
  readonly referenced: readonly string[];
  readonly onDelete: CascadeEffect | undefined;
  readonly onUpdate: CascadeEffect | undefined;
}

const EFFECTS: Readonly<Record<string, CascadeEffect>> = {
  CASCADE: 'delete',
  'SET NULL': 'update',
  'SET DEFAULT': 'update',
};

/** Foreign keys of the DataSource's entities, seen from the table that they refer to. */
export class ForeignKeys {
  private index: Map<string, Dependent[]> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly plans: TablePlans,
  ) {}

  /** Tables that refer to this one. */
  of(plan: TablePlan): readonly Dependent[] {
    this.index ??= this.build();
    return this.index.get(plan.tablePath) ?? [];
  }

  clear(): void {
    this.index = undefined;
  }

  private build(): Map<string, Dependent[]> {
    const index = new Map<string, Dependent[]>();
    const seen = new Set<string>();
    for (const metadata of this.dataSource.entityMetadatas) {
      for (const key of metadata.foreignKeys) {
        const columns = key.columns.map(({ databaseName }) => databaseName);
        const referenced = key.referencedColumns.map(({ databaseName }) => databaseName);
        const target = key.referencedEntityMetadata.tablePath;
        const id = JSON.stringify([metadata.tablePath, columns, target]);
        // Entities that share a table repeat its keys.
        if (seen.has(id)) continue;
        seen.add(id);
        const dependents = index.get(target) ?? [];
        index.set(target, dependents);
        dependents.push({
          plan: this.plans.of(metadata),
          columns,
          referenced,
          onDelete: EFFECTS[key.onDelete ?? ''],
          onUpdate: key.onUpdate && EFFECTS[key.onUpdate] ? 'update' : undefined,
        });
      }
    }
    return index;
  }
}
