import type { AuditEvent, EventFlag, FieldChange } from '../../event/audit-event.interface.js';
import type { ChangeCause, Touch, WriteMoment } from '../journal/journal-entry.js';
import { JsonText } from '../rows/row-value.js';
import { diffRow } from '../rows/row-diff.js';
import type { RowDifference } from '../rows/row-diff.js';
import type { RowImage } from '../rows/row-image.js';
import type { PlannedColumn, TablePlan } from '../rows/table-plan.js';
import type { ChangeSectionWriter } from './change-section.js';
import { relationOf } from './junction.js';
import type { JunctionRelation } from './junction.js';

/** What a summary says of a write whose rows are not recorded one by one. */
export interface BulkSummary {
  readonly verb: string;
  readonly plan: TablePlan;
  readonly resource: string;
  /** What was set, as far as it is known without the rows. */
  readonly differences?: readonly RowDifference[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly cause?: ChangeCause;
  readonly flags?: readonly EventFlag[];
}

/** Turns what happened to a row into an event. */
export class ChangeEventFactory {
  constructor(private readonly sections: ChangeSectionWriter) {}

  /** @returns null when the row is what it was before, or when its entity is not recorded */
  ofTouch(touch: Touch, transactionId: string): AuditEvent | null {
    const { plan, before } = touch;
    if (touch.after === 'unreadable') return this.ofUnreadable(touch, transactionId);
    const after = touch.after ?? null;
    if (!before && !after) return null;
    const relation = relationOf(plan);
    if (relation) return relation.captured ? this.ofLink(relation, touch, after, transactionId) : null;
    const image = after ?? before;
    const face = plan.faceOf(image ?? undefined);
    if (!face.captured) return null;
    const differences = diffRow(plan, before, after);
    if (before && after && differences.length === 0) return null;
    return {
      action: `${face.resource}.${verbOf(plan, before, after)}`,
      resource: { type: face.resource, id: idOf(plan, (before ?? after) as RowImage) },
      changes: this.section(differences),
      ...circumstances(touch.moment, transactionId, touch.cause && { cause: touch.cause }),
    };
  }

  ofSummary(
    { verb, resource, differences, metadata, cause, flags = [] }: BulkSummary,
    moment: WriteMoment,
    transactionId?: string,
  ): AuditEvent {
    return {
      action: `${resource}.${verb}`,
      resource: { type: resource },
      flags: ['bulk', ...flags],
      ...(differences && differences.length > 0 ? { changes: this.section(differences) } : {}),
      ...circumstances(moment, transactionId, cause ? { ...metadata, cause } : metadata),
    };
  }

  /** Rows that were written in one transaction beyond the number that is held in memory. */
  ofSkipped(plan: TablePlan, rows: number, moment: WriteMoment, transactionId: string): AuditEvent {
    const { resource } = plan.faceOf();
    const metadata = { rows, notRecorded: 'ids and values: the transaction wrote more rows than are held in memory' };
    return this.ofSummary({ verb: 'change', plan, resource, metadata, flags: ['gap'] }, moment, transactionId);
  }

  /** A row that an upsert met, or made: it could not be told which. */
  ofMet(plan: TablePlan, row: RowImage, moment: WriteMoment): AuditEvent {
    const face = plan.faceOf(row);
    return {
      action: `${face.resource}.update`,
      resource: { type: face.resource, id: idOf(plan, row) },
      flags: ['degraded'],
      changes: this.section(diffRow(plan, null, row)),
      ...circumstances(moment, undefined, { notRecorded: 'what the row was before, and whether there was one' }),
    };
  }

  private ofUnreadable({ plan, before, moment }: Touch, transactionId: string): AuditEvent | null {
    const face = plan.faceOf(before ?? undefined);
    if (!face.captured) return null;
    return {
      action: `${face.resource}.${before ? 'update' : 'create'}`,
      resource: { type: face.resource, ...(before ? { id: idOf(plan, before) } : {}) },
      flags: ['degraded'],
      ...circumstances(moment, transactionId, { notRecorded: 'values: the row could not be read' }),
    };
  }

  /** A row of a junction table is a link between two others. */
  private ofLink(
    relation: JunctionRelation,
    { plan, before, moment, cause }: Touch,
    after: RowImage | null,
    transactionId: string,
  ): AuditEvent | null {
    const image = after ?? before;
    if (!image || (before && after && before.key.text === after.key.text)) return null;
    const target = relation.targetId(image);
    const facts = { target: { type: relation.targetResource, id: target }, ...(cause ? { cause } : {}) };
    const change = { path: relation.path, column: plan.keys[0], [after ? 'new' : 'old']: target } as RowDifference;
    return {
      action: `${relation.ownerResource}.${after ? 'link' : 'unlink'}`,
      resource: { type: relation.ownerResource, id: relation.ownerId(image) },
      changes: this.section([change]),
      ...circumstances(moment, transactionId, facts),
    };
  }

  /** Already redacted, so that the event's builder passes it on as it stands. */
  private section(differences: readonly RowDifference[]): readonly FieldChange[] {
    return this.sections.write(differences) as unknown as readonly FieldChange[];
  }
}

/** The name of a row: its primary key, of a composite one `tenant=1&number=42`, or the property chosen by `id`. */
export function idOf(plan: TablePlan, image: RowImage): string {
  const { id } = plan.faceOf(image);
  const chosen = id === undefined ? undefined : plan.byPath(id);
  const named = chosen && image.values[chosen.position];
  if (named !== undefined && named !== null) return printed(named);
  return keyId(plan.keys, image);
}

export function keyId(keys: readonly PlannedColumn[], image: RowImage): string {
  if (keys.length === 1) return printed(image.values[keys[0].position]);
  const pairs = keys.map(({ path, position }): [string, string] => [path, printed(image.values[position])]);
  return new URLSearchParams(pairs).toString();
}

function printed(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  return typeof value === 'object' && value !== null && 'sha256' in value ? String(value.sha256) : String(value);
}

function verbOf({ softDelete }: TablePlan, before: RowImage | null, after: RowImage | null): string {
  if (!before) return 'create';
  if (!after) return 'delete';
  const wasDeleted = softDelete && before.values[softDelete.position] !== null;
  const isDeleted = softDelete && after.values[softDelete.position] !== null;
  if (wasDeleted === isDeleted) return 'update';
  return isDeleted ? 'soft_delete' : 'restore';
}

/**
 * What every event of a write has in common.
 * @param facts about the write itself; they win over metadata of the application
 */
export function circumstances(
  moment: WriteMoment,
  transactionId?: string,
  facts?: Readonly<Record<string, unknown>>,
): Partial<AuditEvent> {
  const { context, occurredAt, reason = context?.reason } = moment;
  const metadata = context?.metadata && facts ? { ...context.metadata, ...facts } : (facts ?? context?.metadata);
  const ids = transactionId === undefined ? context?.context : { ...context?.context, transactionId };
  return {
    occurredAt,
    actor: context?.actor ?? { type: 'system' },
    ...(context?.tenant ? { tenant: context.tenant } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(ids ? { context: ids } : {}),
  };
}
