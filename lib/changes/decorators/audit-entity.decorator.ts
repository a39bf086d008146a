import { setEntityOptions } from './entity-policy.js';

/**
 * How changes of an entity are recorded.
 *
 * @publicApi
 */
export interface AuditEntityOptions {
  /**
   * Name of the resource in events and the first half of their action: `invoice` makes `invoice.update`.
   * @default the entity's name in snake case
   */
  readonly resource?: string;
  /**
   * Properties that are neither compared nor recorded; `address` stands for a whole embedded object.
   * @default []
   */
  readonly exclude?: readonly string[];
  /**
   * Properties of which only the fact of a change is recorded.
   * @default []
   */
  readonly mask?: readonly string[];
  /**
   * Columns with `select: false` that may be recorded all the same; without it they are masked. Redaction still applies.
   * @default []
   */
  readonly reveal?: readonly string[];
  /**
   * Property whose value names the row in events, such as a public id. It does not change how rows are found.
   * @default the primary key; of a composite one `tenant=1&number=42`
   */
  readonly id?: string;
  /**
   * Refuse every change that has no reason (`annotate({ reason })`).
   * @default false
   */
  readonly requireReason?: boolean;
}

/**
 * Says how changes of an entity are recorded. Entities without it are recorded with the defaults.
 *
 * ```ts
 * @AuditEntity({ resource: 'invoice', mask: ['iban'], requireReason: true })
 * @Entity()
 * export class InvoiceEntity {}
 * ```
 *
 * @publicApi
 */
export function AuditEntity(options: AuditEntityOptions = {}): ClassDecorator {
  return (target) => setEntityOptions(target, options);
}
