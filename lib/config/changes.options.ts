import { BulkOptions } from './bulk.options.js';
import { Entities } from './entities.decorator.js';
import type { EntityName } from './entities.decorator.js';
import { Flag, TextList } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { Nested } from './section.decorators.js';

/** Recording of entity changes made through TypeORM. */
export class ChangesOptions extends OptionSection {
  /**
   * Record entity changes at all.
   * @default true
   */
  @Flag()
  enabled = true;

  /**
   * Names of the application's DataSources whose entities are recorded. One that does not exist is an error, but for
   * `default`.
   * @default ['default']
   */
  @TextList({ allowed: 'a list of names of DataSources' })
  dataSources: string[] = ['default'];

  /**
   * Entities that are recorded, by name or class. The audit tables are never among them.
   * @default 'all'
   */
  @Entities({ orAll: true })
  entities: 'all' | EntityName[] = 'all';

  /**
   * Entities that are not recorded, by name or class. It wins over `entities`.
   * @default []
   */
  @Entities()
  exclude: EntityName[] = [];

  /** Writes to many rows at once. */
  @Nested(() => BulkOptions)
  bulk = new BulkOptions();

  /**
   * Entities whose changes are refused without a reason (`annotate({ reason })`), by name or class.
   * @default []
   */
  @Entities()
  requireReason: EntityName[] = [];

  /**
   * Leave tables of PostgreSQL that have the shipped trigger to it, so that raw SQL is recorded too, and tell it who is
   * behind a transaction. The log must be kept in the same DataSource. It does not install the triggers; without any the
   * start is refused.
   * @default false
   */
  @Flag()
  triggers = false;

  /**
   * Let `dataSources` stand alone instead of adding to its default.
   * @default false
   */
  @Flag()
  replaceDefaults = false;
}
