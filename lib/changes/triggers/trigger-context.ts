import type { QueryRunner } from 'typeorm';
import type { JsonValue, ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import type { ChangeContext } from '../change-context.interface.js';

/** The setting from which the triggers read who is behind a change. */
const SETTING = 'audit.context';
/** The setting in which they count what they have recorded in a transaction. */
const COUNTER = 'audit.recorded';
const MAX_REASON_LENGTH = 8_192;
const MAX_LIST = 32;
const MAX_DEPTH = 3;

/**
 * Gives transactions the context that the triggers write down. It ends with the transaction. It lies in the outbox before
 * it becomes an event, so it is redacted here already, and PostgreSQL's `jsonb` takes all that is left of it.
 */
export class TriggerContext {
  private readonly given = new WeakMap<QueryRunner, string>();

  constructor(private readonly sanitizer: ValueSanitizer) {}

  /** Sets the context unless the transaction has the same one already. */
  async pass(runner: QueryRunner, context: ChangeContext | undefined, transactionId: string): Promise<void> {
    await context?.settle?.();
    const text = JSON.stringify(this.describe(context, transactionId));
    if (this.given.get(runner) === text) return;
    await runner.query(`SELECT set_config('${SETTING}', $1, true)`, [text]);
    this.given.set(runner, text);
  }

  /** How many changes the triggers have recorded in the transaction so far; 0 when it was given no context. */
  async recorded(runner: QueryRunner): Promise<number> {
    if (!this.given.has(runner)) return 0;
    const rows = (await runner.query(`SELECT current_setting('${COUNTER}', true) AS recorded`)) as {
      recorded?: string;
    }[];
    return Number(rows[0]?.recorded ?? 0);
  }

  /** A savepoint or the transaction was rolled back, or it has ended: what is set is not known any more. */
  forget(runner: QueryRunner): void {
    this.given.delete(runner);
  }

  private describe(context: ChangeContext | undefined, transactionId: string) {
    const { actor, tenant, reason, metadata } = context ?? {};
    return {
      actor: this.plain(actor ?? { type: 'system' }),
      tenant: tenant && this.plain(tenant),
      context: this.plain({ ...context?.context, transactionId }),
      reason:
        typeof reason === 'string' ? this.text(reason) : reason && { code: reason.code, text: this.text(reason.text) },
      metadata: metadata && this.sanitizer.sanitize(metadata, 'metadata').value,
    };
  }

  private text(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.sanitizer.text(text, MAX_REASON_LENGTH);
  }

  /** Identifiers in objects that are not deep, whatever the application has put there. */
  private plain(value: unknown, depth = 0): JsonValue | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return this.sanitizer.identifier(value);
    if (Array.isArray(value)) return value.slice(0, MAX_LIST).map((item) => this.plain(item, depth + 1) ?? null);
    const members = Object.entries(value).map(([name, inner]) => [name, this.plain(inner, depth + 1)] as const);
    return Object.fromEntries(
      members.filter((member): member is readonly [string, JsonValue] => member[1] !== undefined),
    );
  }
}
