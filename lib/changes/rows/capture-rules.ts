import type { EntityMetadata } from 'typeorm';
import type { EntityPolicy } from '../decorators/entity-policy.js';

/** Names that never are entities of the application. Their columns are described in the storage folder. */
const OWN_TABLES = /^audit_(event|head|stream|outbox|checkpoint|tile|delivery|receipt|lease|state|migration)$/;
const ALL = '*';

/** Which entities are recorded. Names are those of entities or of their tables. */
export interface CaptureSelection {
  /** `*` stands for all. */
  readonly entities: readonly string[];
  /** Wins over `entities`. */
  readonly exclude: readonly string[];
  /** Entities whose changes need a reason. */
  readonly requireReason: readonly string[];
}

/** How rows of one entity appear in the trail. */
export interface EntityFace {
  /** First half of actions and type of the resource. */
  readonly resource: string;
  readonly captured: boolean;
  readonly requireReason: boolean;
  /** Property that names the row instead of its primary key. */
  readonly id?: string;
}

/** Decides from options and decorators what is recorded under which name. */
export class CaptureRules {
  constructor(private readonly selection: CaptureSelection) {}

  faceOf(metadata: EntityMetadata, policy: EntityPolicy): EntityFace {
    return {
      resource: policy.resource ?? snakeCase(metadata.name),
      captured: this.isCaptured(metadata),
      requireReason: policy.requireReason === true || names(this.selection.requireReason, metadata),
      id: policy.id,
    };
  }

  private isCaptured(metadata: EntityMetadata): boolean {
    // Closure tables and views only repeat what other tables say.
    if (metadata.isClosureJunction || metadata.tableType === 'view' || OWN_TABLES.test(metadata.tableName))
      return false;
    if (names(this.selection.exclude, metadata)) return false;
    return metadata.isJunction || this.selection.entities.includes(ALL) || names(this.selection.entities, metadata);
  }
}

function names(list: readonly string[], metadata: EntityMetadata): boolean {
  return list.includes(metadata.name) || list.includes(metadata.tableName) || list.includes(metadata.tablePath);
}

/** `InvoiceLine` → `invoice_line`, `HTTPLog` → `http_log`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
