import type { TablePlan } from '../rows/table-plan.js';

/** Columns that together can't have the same values in two rows: the primary key first. */
export function uniqueKeysOf(plan: TablePlan): string[][] {
  const { metadata } = plan;
  const family = [metadata, ...metadata.childEntityMetadatas];
  const lists = [
    plan.keys.map(({ name }) => name),
    ...family.flatMap(({ uniques }) => uniques.map(({ columns }) => columns.map(({ databaseName }) => databaseName))),
    ...family.flatMap(({ indices }) =>
      indices
        // An index over a part of the table says nothing about the rest of it.
        .filter(({ isUnique, where }) => isUnique && !where)
        .map(({ columns }) => columns.map(({ databaseName }) => databaseName)),
    ),
  ];
  return [...new Map(lists.map((columns) => [JSON.stringify(columns), columns])).values()];
}

/** The columns of a named unique constraint or index. */
export function uniqueKeyNamed(plan: TablePlan, name: string): string[] | undefined {
  const { uniques, indices } = plan.metadata;
  const found = [...uniques, ...indices].find((unique) => unique.name === name);
  return found?.columns.map(({ databaseName }) => databaseName);
}
