import type { DataSource, EntityMetadata } from 'typeorm';
import { CaptureRules } from './capture-rules.js';
import type { CaptureSelection } from './capture-rules.js';
import type { RowDialect } from './row-dialect.interface.js';
import { TablePlan } from './table-plan.js';

/** Plans of one DataSource's tables, made when a table is first written to. */
export class TablePlans {
  private readonly plans = new Map<string, TablePlan>();
  private readonly rules: CaptureRules;

  constructor(
    private readonly dataSource: DataSource,
    private readonly dialect: RowDialect,
    selection: CaptureSelection,
    private readonly isByTrigger: (tablePath: string) => boolean = () => false,
  ) {
    this.rules = new CaptureRules(selection);
  }

  /** The plan of an entity's table. */
  of(metadata: EntityMetadata): TablePlan {
    const known = this.plans.get(metadata.tablePath);
    if (known) return known;
    const plan = new TablePlan(rootOf(metadata), this.dialect, this.rules);
    plan.byTrigger = this.isByTrigger(metadata.tablePath);
    this.plans.set(metadata.tablePath, plan);
    return plan;
  }

  /** The plan of a table that is named by its path; undefined when no entity has it. */
  ofTable(tablePath: string): TablePlan | undefined {
    const metadata = this.dataSource.entityMetadatas.find((entity) => entity.tablePath === tablePath);
    return metadata && this.of(metadata);
  }

  /** Forgets all plans: a DataSource that is initialised again has new metadata. */
  clear(): void {
    this.plans.clear();
  }
}

/** Children of a table-per-hierarchy entity live in its table. */
function rootOf(metadata: EntityMetadata): EntityMetadata {
  const parent = metadata.parentEntityMetadata;
  return parent && parent.tablePath === metadata.tablePath ? rootOf(parent) : metadata;
}
