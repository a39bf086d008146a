import type { DataSource } from 'typeorm';

/** Name of the trigger that `audit_attach` makes. */
const TRIGGER = 'audit_row';

/** The tables of a PostgreSQL database that record their changes by trigger; they are left to it. */
export class TriggerTables {
  private names: ReadonlySet<string> = new Set();
  private loading: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  get isEmpty(): boolean {
    return this.names.size === 0;
  }

  /** @param tablePath as entities have it, with or without a schema */
  has(tablePath: string): boolean {
    return this.names.has(tablePath);
  }

  /** Looks once which tables there are. */
  load(): Promise<void> {
    this.loading ??= this.read().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async read(): Promise<void> {
    const rows = (await this.dataSource.query(
      'SELECT nspname AS "schema", relname AS "table", nspname = ANY (current_schemas(false)) AS visible ' +
        'FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace ' +
        'WHERE tgname = $1 AND NOT tgisinternal',
      [TRIGGER],
    )) as { schema: string; table: string; visible: boolean }[];
    this.names = new Set(
      rows.flatMap(({ schema, table, visible }) => [`${schema}.${table}`, ...(visible ? [table] : [])]),
    );
  }
}
