import type { DataSource, EntityMetadata, QueryRunner } from 'typeorm';

/**
 * Everything of TypeORM that is used here and is not in its documentation. Nothing is assumed by version: each point is
 * looked for, and what is missing is said by {@link missingInternals}. Found alike in 0.3.20 to 0.3.31 and in 1.0 and 1.1.
 */

/** A builder of INSERT, UPDATE, DELETE, soft delete or restore. `execute` is where all of TypeORM's writes pass. */
export interface WriteBuilder {
  queryRunner?: QueryRunner;
  readonly expressionMap: {
    readonly queryType: 'select' | 'update' | 'delete' | 'insert' | 'relation' | 'soft-delete' | 'restore';
    readonly mainAlias?: { readonly hasMetadata: boolean; readonly metadata: EntityMetadata };
    readonly wheres: readonly unknown[];
    readonly whereEntities: readonly Record<string, unknown>[];
    readonly valuesSet?: Record<string, unknown> | Record<string, unknown>[];
    readonly onUpdate?: {
      readonly conflict?: string | string[];
      readonly columns?: unknown;
      readonly overwrite?: unknown;
    };
    readonly onIgnore?: string | boolean;
    readonly insertFromSelect?: unknown;
    limit?: number;
    readonly updateEntity: boolean;
    /** The builder would open a transaction of its own. */
    readonly useTransaction: boolean;
    extraReturningColumns: readonly EntityMetadata['columns'][number][];
    /** Joined to all other criteria by AND, whatever they are. */
    extraAppendedAndWhereCondition: string;
    parameters: Record<string, unknown>;
    readonly locallyGenerated: Readonly<Record<number, Record<string, unknown> | undefined>>;
  };
  clone(): WriteBuilder;
  execute(): Promise<WriteResult>;
  getParameters(): Record<string, unknown>;
  getQueryAndParameters(): [string, unknown[]];
  /** Protected: ` WHERE …`, or nothing. */
  createWhereExpression(): string;
  /** Protected: a table's path, escaped. */
  getTableName(tablePath: string): string;
}

/** What `execute` gives. */
export interface WriteResult {
  raw: unknown;
  readonly affected?: number | null;
}

/** TypeORM 1 calls the DataSource of a builder, runner or metadata `dataSource`; 0.3 calls it `connection`. */
export function dataSourceOf(owner: object): DataSource | undefined {
  const { dataSource, connection } = owner as { dataSource?: DataSource; connection?: DataSource };
  return dataSource ?? connection;
}

/** Prototypes of the builders that write, of the copy of TypeORM that the DataSource comes from. */
export function writeBuilderPrototypes(dataSource: DataSource): WriteBuilder[] {
  const fresh = () => dataSource.createQueryBuilder();
  const builders = [fresh().insert(), fresh().update(), fresh().delete(), fresh().softDelete()];
  return builders.map((builder) => Object.getPrototypeOf(builder) as WriteBuilder);
}

/** The prototype that defines `clearTable` for the DataSource's runners. */
export function clearTablePrototype(dataSource: DataSource): Pick<QueryRunner, 'clearTable'> | undefined {
  let prototype: object | null = Object.getPrototypeOf(dataSource.driver.createQueryRunner('master')) as object;
  while (prototype && !Object.hasOwn(prototype, 'clearTable')) {
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return (prototype as Pick<QueryRunner, 'clearTable'> | null) ?? undefined;
}

/** How deep in savepoints the runner is: 0 outside any transaction that TypeORM opened, 1 in a plain transaction. */
export function transactionDepth(runner: QueryRunner): number {
  const { transactionDepth: depth } = runner as unknown as { transactionDepth?: number };
  return typeof depth === 'number' ? depth : runner.isTransactionActive ? 1 : 0;
}

/** Whether `startTransaction` was called and the database has not answered yet. */
export function isBeginning(runner: QueryRunner): boolean {
  return runner.isTransactionActive && transactionDepth(runner) === 0;
}

/** The one runner that all users of the DataSource share, as SQLite drivers have it; undefined where each has its own. */
export function sharedRunner(dataSource: DataSource): QueryRunner | undefined {
  const runner = dataSource.driver.createQueryRunner('master');
  return runner === dataSource.driver.createQueryRunner('master') ? runner : undefined;
}

const SELECT_LIST = '__audit_columns__';

/**
 * The rows that a statement will hit, as SQL: the builder's own text with its command replaced, so that criteria, common
 * table expressions, order and limit are exactly the statement's.
 */
export function criteriaQuery(
  builder: WriteBuilder,
  select: string,
  maxRows: number,
  lock: string,
): [string, unknown[]] {
  const probe = builder.clone();
  const limit = Math.min(probe.expressionMap.limit ?? maxRows, maxRows);
  probe.expressionMap.limit = undefined;
  const { mainAlias } = probe.expressionMap as { mainAlias?: { tablePath?: string; metadata: EntityMetadata } };
  const command = () =>
    `SELECT ${SELECT_LIST} FROM ${probe.getTableName(mainAlias?.metadata.tablePath ?? '')}${probe.createWhereExpression()}`;
  Object.assign(probe, { createUpdateExpression: command, createDeleteExpression: command });
  const [sql, parameters] = probe.getQueryAndParameters();
  return [`${sql.replace(SELECT_LIST, () => select)} LIMIT ${limit}${lock}`, parameters];
}

/** Restricts a statement to some rows while it executes. */
export async function restrictedTo<T>(
  builder: WriteBuilder,
  condition: string,
  parameters: Record<string, unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const { expressionMap } = builder;
  const before = { condition: expressionMap.extraAppendedAndWhereCondition, parameters: expressionMap.parameters };
  expressionMap.extraAppendedAndWhereCondition = condition;
  expressionMap.parameters = { ...before.parameters, ...parameters };
  try {
    return await work();
  } finally {
    expressionMap.extraAppendedAndWhereCondition = before.condition;
    expressionMap.parameters = before.parameters;
  }
}

/** Text of a statement's criteria with the names of its parameters, for people. */
export function criteriaText(builder: WriteBuilder): string {
  return builder
    .clone()
    .createWhereExpression()
    .replace(/^ WHERE /, '');
}

/** What this copy of TypeORM lacks for entity changes to be recorded. */
export function missingInternals(dataSource: DataSource): string[] {
  const missing: string[] = [];
  const [insert, update, remove, softDelete] = writeBuilderPrototypes(dataSource);
  const methods: [string, object, string[]][] = [
    ['InsertQueryBuilder', insert, ['execute']],
    ['UpdateQueryBuilder', update, ['execute', 'clone', 'createUpdateExpression', 'createWhereExpression']],
    ['DeleteQueryBuilder', remove, ['execute', 'clone', 'createDeleteExpression', 'createWhereExpression']],
    ['SoftDeleteQueryBuilder', softDelete, ['execute', 'clone', 'createUpdateExpression', 'createWhereExpression']],
  ];
  for (const [name, prototype, needed] of methods) {
    for (const method of needed) {
      if (typeof (prototype as Record<string, unknown>)[method] !== 'function') missing.push(`${name}.${method}`);
    }
  }
  if (!clearTablePrototype(dataSource)) missing.push('QueryRunner.clearTable');
  return missing;
}
