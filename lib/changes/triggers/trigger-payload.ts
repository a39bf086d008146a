/** A row's columns as texts, by their names in the database. */
export type RowTexts = Readonly<Record<string, string | null>>;

/** What a trigger has written into the outbox. */
export interface TriggerPayload {
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';
  readonly schema: string;
  readonly table: string;
  readonly resource: string;
  /** Names of the primary key's columns. */
  readonly key: readonly string[];
  readonly masked: readonly string[];
  readonly before: RowTexts | null;
  readonly after: RowTexts | null;
  /** What the application gave the transaction; null for SQL that came from elsewhere. */
  readonly context: Readonly<Record<string, unknown>> | null;
  readonly role: string;
  readonly application: string | null;
  /** Number of the transaction in the database. */
  readonly transaction: string;
  readonly occurredAt: string;
}

const OPERATIONS: readonly unknown[] = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'];
const TEXTS = ['schema', 'table', 'resource', 'role', 'transaction', 'occurredAt'] as const;

/**
 * Reads the payload of an outbox row. Whoever may insert into the table may have written it, so it is looked at closely.
 * @returns null when no trigger has written it
 */
export function readTriggerPayload(json: string): TriggerPayload | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (!isObject(value) || value.trigger !== 1 || !OPERATIONS.includes(value.operation)) return null;
  const sound =
    TEXTS.every((name) => typeof value[name] === 'string') &&
    isTexts(value.key) &&
    isTexts(value.masked) &&
    (value.before === null || isRow(value.before)) &&
    (value.after === null || isRow(value.after)) &&
    (value.context === null || isObject(value.context)) &&
    (value.application === null || typeof value.application === 'string');
  return sound ? (value as unknown as TriggerPayload) : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isRow(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((text) => text === null || typeof text === 'string');
}
