import type { AuditEvent, FieldChange } from '../../event/audit-event.interface.js';
import { canonicalize } from '../../event/canonical.js';
import { SafeJson } from '../../event/safe-json.js';
import type { ChangeContext } from '../change-context.interface.js';
import { circumstances } from '../events/change-event.factory.js';
import type { ChangeEventFactory } from '../events/change-event.factory.js';
import type { ChangeSectionWriter } from '../events/change-section.js';
import type { RowDifference } from '../rows/row-diff.js';
import type { PlannedColumn, TablePlan } from '../rows/table-plan.js';
import { imageOfTexts } from './trigger-image.js';
import { isObject, readTriggerPayload } from './trigger-payload.js';
import type { RowTexts, TriggerPayload } from './trigger-payload.js';

const VERBS = { INSERT: 'create', UPDATE: 'update', DELETE: 'delete', TRUNCATE: 'delete' } as const;

const ALL_ROWS = { criteria: 'all rows', notRecorded: 'ids and values: the table was truncated' };

/**
 * Turns what a trigger has written into an event. A table whose entity is known to this process is recorded as by the
 * capture itself; any other by the names of its columns, with texts for values.
 */
export class TriggerRowTranslator {
  constructor(
    private readonly planOf: (schema: string, table: string) => TablePlan | undefined,
    private readonly events: ChangeEventFactory,
    private readonly sections: ChangeSectionWriter,
  ) {}

  /** @returns null when no trigger has written the payload */
  translate(json: string): AuditEvent | null {
    const payload = readTriggerPayload(json);
    if (!payload) return null;
    const event = this.eventOf(payload);
    const { role, application } = payload;
    const source = { via: 'trigger', databaseRole: role, ...(application ? { applicationName: application } : {}) };
    return { ...event, metadata: { ...event.metadata, ...source } };
  }

  private eventOf(payload: TriggerPayload): AuditEvent {
    const { before, after, occurredAt } = payload;
    const transactionId = transactionIdOf(payload);
    const moment = { context: contextOf(payload), occurredAt };
    const plan = this.planOf(payload.schema, payload.table);
    if (plan && (before || after)) {
      const event = this.events.ofTouch(
        {
          kind: 'touch',
          order: 0,
          moment,
          plan,
          before: before && imageOfTexts(plan, before),
          after: after && imageOfTexts(plan, after),
          key: { text: '', parameters: [] },
        },
        transactionId,
      );
      if (event) return event;
    }
    const plain = this.plain(payload, plan);
    return { ...plain, ...circumstances(moment, transactionId, plain.metadata) };
  }

  /** Without an entity, or without rows. */
  private plain(payload: TriggerPayload, plan: TablePlan | undefined): AuditEvent {
    const { operation, before, after, key, masked } = payload;
    const resource = plan?.faceOf().resource ?? payload.resource;
    const action = `${resource}.${VERBS[operation]}`;
    if (operation === 'TRUNCATE') {
      return { action, resource: { type: resource }, flags: ['bulk'], metadata: ALL_ROWS };
    }
    const changes = this.sections.write(differences(before, after, masked)) as unknown as readonly FieldChange[];
    return { action, resource: { type: resource, id: idOf(key, before ?? after ?? {}) }, changes };
  }
}

function differences(before: RowTexts | null, after: RowTexts | null, masked: readonly string[]): RowDifference[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].flatMap((path): RowDifference[] => {
    const old = before?.[path] ?? null;
    const now = after?.[path] ?? null;
    if (old === now) return [];
    const column = { masked: masked.includes(path) } as PlannedColumn;
    const sides = { ...(before ? { old } : {}), ...(after ? { new: now } : {}) };
    return [{ column, path: path.replace(/[\\.]/g, '\\$&'), ...sides }];
  });
}

function idOf(key: readonly string[], row: RowTexts): string {
  if (key.length === 1) return String(row[key[0]] ?? '');
  return new URLSearchParams(key.map((name): [string, string] => [name, row[name] ?? ''])).toString();
}

/** SQL without a context of the application is nobody's that the application knows. */
function contextOf({ context }: TriggerPayload): ChangeContext {
  if (!context) return { actor: { type: 'anonymous' } };
  const { metadata } = context as { metadata?: unknown };
  if (!isObject(metadata)) return { ...(context as ChangeContext), metadata: undefined };
  // Redacted when it was given to the transaction. A second time would take its marks for names of the application.
  const members = Object.entries(metadata).map(([name, value]) => [name, new SafeJson(canonicalize(value))]);
  return { ...(context as ChangeContext), metadata: Object.fromEntries(members) as ChangeContext['metadata'] };
}

function transactionIdOf({ context, transaction }: TriggerPayload): string {
  const given = (context?.context as { transactionId?: unknown } | undefined)?.transactionId;
  return typeof given === 'string' ? given : `postgres-${transaction}`;
}
