import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from '../typeorm/metadata.types.js';
import { entityPolicyOf } from '../decorators/entity-policy.js';
import type { EntityPolicy } from '../decorators/entity-policy.js';
import type { CaptureRules, EntityFace } from './capture-rules.js';
import type { ColumnReader } from './readers.js';
import type { RowDialect } from './row-dialect.interface.js';
import type { RowImage } from './row-image.js';

/** How one column of a table is read and recorded. */
export interface PlannedColumn {
  readonly metadata: ColumnMetadata;
  /** Name of the column in events: dotted path from the entity's root. */
  readonly path: string;
  readonly name: string;
  readonly reader: ColumnReader;
  /** Place in a {@link RowImage}. */
  readonly position: number;
  /** False for columns that are read only to find or name the row. */
  readonly recorded: boolean;
  readonly masked: boolean;
}

/**
 * All that is needed to read rows of one table and to name them. Entities that share a table share its plan, because a
 * statement for one of them may meet rows of another.
 */
export class TablePlan {
  readonly tablePath: string;
  /** The table as it stands in SQL. */
  readonly table: string;
  readonly columns: readonly PlannedColumn[];
  readonly keys: readonly PlannedColumn[];
  /** Database names of the primary key's columns. */
  readonly keyNames: readonly string[];
  /** The table records its changes by a trigger, so that the capture leaves it alone. */
  byTrigger = false;
  /** SQL that was made for this table, by what it is for. */
  readonly statements = new Map<string, string>();
  /** {@link selectAs} with the prefix `c`. */
  readonly select: string;
  readonly softDelete: PlannedColumn | undefined;
  private readonly discriminator: PlannedColumn | undefined;
  private readonly faces = new Map<string, EntityFace>();
  private readonly ownFace: EntityFace;

  constructor(
    /** The table's root entity. */
    readonly metadata: EntityMetadata,
    readonly dialect: RowDialect,
    readonly rules: CaptureRules,
  ) {
    const escape = (name: string) => this.escape(name);
    this.tablePath = metadata.tablePath;
    this.table = metadata.tablePath.split('.').filter(Boolean).map(escape).join('.');
    const family = [metadata, ...metadata.childEntityMetadatas];
    const policies = family.map((member) => entityPolicyOf(member.target));
    this.columns = planColumns(family, policies, dialect);
    this.keys = metadata.primaryColumns.map((column) => this.byName(column.databaseName) as PlannedColumn);
    this.keyNames = this.keys.map(({ name }) => name);
    this.softDelete = metadata.deleteDateColumn && this.byName(metadata.deleteDateColumn.databaseName);
    this.discriminator = metadata.discriminatorColumn && this.byName(metadata.discriminatorColumn.databaseName);
    this.select = this.selectAs('c');
    const faces = family.map((member, n) => rules.faceOf(member, policies[n]));
    this.ownFace = faces[0];
    family.forEach((member, n) => {
      if (member.discriminatorValue !== undefined) this.faces.set(String(member.discriminatorValue), faces[n]);
    });
  }

  /**
   * Select list: column n has the prefix and n for its alias, key n that must be read raw the prefix, `k` and n.
   * @param row whose columns are meant, with a dot, when there are several
   */
  selectAs(prefix: string, row = ''): string {
    const statement = prefix + row;
    const known = this.statements.get(statement);
    if (known !== undefined) return known;
    const named = ({ name }: PlannedColumn) => row + this.escape(name);
    const list = [
      ...this.columns.map((column, n) => `${column.reader.sql(named(column))} AS ${prefix}${n}`),
      ...this.keys.flatMap((key, n) => (key.reader.findable === false ? [`${named(key)} AS ${prefix}k${n}`] : [])),
    ].join(', ');
    this.statements.set(statement, list);
    return list;
  }

  /** Whether rows of this table are recorded at all. */
  get captured(): boolean {
    return this.ownFace.captured || [...this.faces.values()].some(({ captured }) => captured);
  }

  /** Under which name a row is recorded; without a row, the table's own. */
  faceOf(image?: RowImage): EntityFace {
    const value = this.discriminator && image?.values[this.discriminator.position];
    return (value !== undefined && this.faces.get(String(value))) || this.ownFace;
  }

  /** The face of an entity that may share its table with others. */
  faceOfEntity(metadata: EntityMetadata): EntityFace {
    return this.faces.get(String(metadata.discriminatorValue)) ?? this.ownFace;
  }

  byName(databaseName: string): PlannedColumn | undefined {
    return this.columns.find(({ name }) => name === databaseName);
  }

  byPath(path: string): PlannedColumn | undefined {
    return this.columns.find((column) => column.path === path);
  }

  escape(name: string): string {
    return (this.metadata.dataSource ?? this.metadata.connection).driver.escape(name);
  }
}

function planColumns(
  family: readonly EntityMetadata[],
  policies: readonly EntityPolicy[],
  dialect: RowDialect,
): PlannedColumn[] {
  const merged = (list: 'exclude' | 'mask' | 'reveal') => new Set(policies.flatMap((policy) => policy[list]));
  const exclude = merged('exclude');
  const mask = merged('mask');
  const reveal = merged('reveal');
  const planned = new Map<string, PlannedColumn>();
  for (const column of family.flatMap(({ columns }) => columns)) {
    if (column.isVirtualProperty || planned.has(column.databaseName)) continue;
    const path = pathOf(column);
    const recorded = !concerns(exclude, column, path, 'exclude');
    if (!recorded && !column.isPrimary && !column.isDeleteDate && !column.isDiscriminator) continue;
    planned.set(column.databaseName, {
      metadata: column,
      path,
      name: column.databaseName,
      reader: dialect.reader(column),
      position: planned.size,
      recorded,
      masked: concerns(mask, column, path, 'mask') || (!column.isSelect && !reveal.has(path)),
    });
  }
  return [...planned.values()];
}

/** The key column of a relation without a property of its own is named after what it refers to: `customer.id`. */
function pathOf(column: ColumnMetadata): string {
  return column.isVirtual && column.relationMetadata && column.referencedColumn
    ? `${column.relationMetadata.propertyPath}.${column.referencedColumn.propertyPath}`
    : column.propertyPath;
}

/** Whether a list names the column, an object or relation that holds it, or the embedded class does. */
function concerns(names: Set<string>, column: ColumnMetadata, path: string, list: 'exclude' | 'mask'): boolean {
  const steps = path.split('.');
  if (steps.some((_, n) => names.has(steps.slice(0, n + 1).join('.')))) return true;
  for (let embedded = column.embeddedMetadata; embedded; embedded = embedded.parentEmbeddedMetadata) {
    const within = column.propertyPath.slice(embedded.propertyPath.length + 1).split('.')[0];
    if (entityPolicyOf(embedded.type)[list].includes(within)) return true;
  }
  return false;
}
