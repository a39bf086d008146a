import type { EntityMetadata } from 'typeorm';

/** Types that TypeORM's index does not export. */
export type ColumnMetadata = EntityMetadata['columns'][number];
export type ForeignKeyMetadata = EntityMetadata['foreignKeys'][number];
