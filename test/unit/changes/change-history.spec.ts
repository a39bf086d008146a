import fc from 'fast-check';
import { ChangeHistory } from '../../../lib/changes/history/change-history.js';
import type { RowChange } from '../../../lib/changes/history/row-change.interface.js';
import { diffJson } from '../../../lib/changes/rows/json-diff.js';
import type { AuditEvent, FieldChange } from '../../../lib/event/audit-event.interface.js';
import { EventBuilder } from '../../../lib/event/event-builder.js';
import type { JsonValue } from '../../../lib/event/value-sanitizer.interface.js';
import { Ledger } from '../../../lib/ledger/ledger.js';
import type { StoredEvent } from '../../../lib/ledger/ledger-store.port.js';
import { Redactor } from '../../../lib/redaction/index.js';
import { MemoryLedgerStore } from '../../../lib/storage/memory/memory-ledger-store.js';

const builder = new EventBuilder({ service: { name: 'test', instance: 'i' }, sanitizer: new Redactor() });
/** Minute `n` of the story. */
const minute = (n: number) => `2026-11-21T20:${String(n).padStart(2, '0')}:00.000000Z`;

/** An event of minute `n`, its place in the list, unless it says otherwise. */
function change(verb: string, changes: readonly FieldChange[], more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    action: `invoice.${verb}`,
    resource: { type: 'invoice', id: 'i1' },
    actor: { id: 'alice', type: 'user' },
    context: { transactionId: 't' },
    changes,
    ...more,
  };
}

async function historyOf(events: readonly AuditEvent[], erase?: (row: StoredEvent) => boolean) {
  const store = new MemoryLedgerStore();
  const sealable = events.map((event, n) => builder.build({ occurredAt: minute(n), ...event }));
  await new Ledger(store).append(sealable);
  return new ChangeHistory({
    findPage: async (request) =>
      (await store.findPage(request)).map((row) => (erase?.(row) ? { ...row, sections: null } : row)),
  });
}

async function stepsOf(history: ChangeHistory): Promise<RowChange[]> {
  const steps: RowChange[] = [];
  for await (const step of history.of('invoice', 'i1')) steps.push(step);
  return steps;
}

const created = change('create', [
  { path: 'id', new: 'i1' },
  { path: 'amount', new: 10 },
  { path: 'address.city', new: 'Bonn' },
  { path: 'settings', new: { mail: { daily: true }, tags: ['a', 'b'] } },
]);

describe('ChangeHistory', () => {
  it('tells every step of one row in order: who, when, why, from what to what', async () => {
    const history = await historyOf([
      change('create', [{ path: 'id', new: 'i2' }], { resource: { type: 'invoice', id: 'i2' } }),
      created,
      change('update', [{ path: 'amount', old: 10, new: 12 }], { http: { method: 'PATCH' }, changes: undefined }),
      change('update', [{ path: 'amount', old: 10, new: 12 }], {
        reason: { code: 'correction', text: 'wrong rate' },
        actor: { id: 'bob', type: 'user', name: 'Bob' },
      }),
      change('approved', []),
      change('delete', [{ path: 'id', old: 'i1' }]),
    ]);
    const steps = await stepsOf(history);
    expect(steps.map(({ kind, occurredAt }) => [kind, occurredAt])).toEqual([
      ['create', minute(1)],
      ['update', minute(3)],
      ['delete', minute(5)],
    ]);
    expect(steps[1]).toMatchObject({
      actor: { id: 'bob', type: 'user' },
      actorName: 'Bob',
      reason: { code: 'correction', text: 'wrong rate' },
      changes: [{ path: 'amount', old: 10, new: 12 }],
      context: { transactionId: 't' },
      logIndex: 3,
    });
    expect(await stepsOf(await historyOf([]))).toEqual([]);
  });

  it('names writes to many rows and losses where they may have concerned the row, and nowhere else', async () => {
    const bulk = change('update', [{ path: 'amount', new: 0 }], { resource: { type: 'invoice' }, flags: ['bulk'] });
    const lost: AuditEvent = { action: 'audit.gap', reason: { code: 'queue_overflow' }, metadata: { count: 3 } };
    const died: AuditEvent = { action: 'audit.gap', reason: { code: 'unclean_shutdown' } };
    const gone = change('delete', [{ path: 'id', old: 'i1' }]);
    const history = await historyOf([bulk, lost, created, bulk, died, lost, gone, bulk, created]);
    expect((await stepsOf(history)).map(({ kind }) => kind)).toEqual(['create', 'bulk', 'gap', 'delete', 'create']);
    const doubts = async (n: number) => (await history.stateAt('invoice', 'i1', minute(n))).doubts;
    expect(await doubts(2)).toEqual([]);
    expect((await doubts(3)).map(({ reason, paths }) => [reason, paths])).toEqual([['bulk', ['amount']]]);
    expect((await doubts(5)).map(({ reason }) => reason)).toEqual(['bulk', 'gap']);
    expect(await doubts(6)).toEqual([]);
    expect(await doubts(8)).toEqual([]);
  });

  it('reads long histories page by page', async () => {
    const updates = Array.from({ length: 650 }, (_, n) =>
      change('update', [{ path: 'amount', old: n + 10, new: n + 11 }], { occurredAt: minute(1) }),
    );
    const history = await historyOf([created, ...updates]);
    const steps = await stepsOf(history);
    expect(steps.map(({ logIndex }) => logIndex)).toEqual(Array.from({ length: 651 }, (_, n) => n));
    expect(await history.stateAt('invoice', 'i1', minute(9))).toMatchObject({ state: { amount: 660 }, complete: true });
  });
});

describe('ChangeHistory.stateAt', () => {
  const story = [
    created,
    change('update', [
      { path: 'amount', old: 10, new: 12 },
      { path: 'settings.mail.daily', old: true, new: false },
      { path: 'settings.tags.1', old: 'b', new: 'c' },
      { path: 'note', old: null, new: 'x' },
    ]),
    change('update', [
      { path: 'settings.mail', old: { daily: false } },
      { path: 'note', old: 'x', new: null },
    ]),
    change('link', [{ path: 'tags', new: '7' }]),
    change('link', [{ path: 'tags', new: '8' }]),
    change('unlink', [{ path: 'tags', old: '7' }]),
    change('delete', [{ path: 'id', old: 'i1' }]),
  ];

  it('rebuilds the row of every moment', async () => {
    const history = await historyOf(story);
    const at = async (time: string) => {
      const { state, complete } = await history.stateAt('invoice', 'i1', time);
      expect(complete).toBe(true);
      return state;
    };
    const first = {
      id: 'i1',
      amount: 10,
      address: { city: 'Bonn' },
      settings: { mail: { daily: true }, tags: ['a', 'b'] },
    };
    const third = { ...first, amount: 12, note: null, settings: { tags: ['a', 'c'] } };
    expect(await at('2026-11-21T19:59:59.999999Z')).toBeNull();
    expect(await at(minute(0))).toEqual(first);
    expect(await at(minute(1))).toEqual({
      ...first,
      amount: 12,
      note: 'x',
      settings: { mail: { daily: false }, tags: ['a', 'c'] },
    });
    expect(await at(minute(2))).toEqual(third);
    expect(await at(minute(4))).toEqual({ ...third, tags: ['7', '8'] });
    expect(await at(minute(5))).toEqual({ ...third, tags: ['8'] });
    expect(await at(minute(6))).toBeNull();
  });

  it('says so when the row was there before its history, and takes what later changes found in it', async () => {
    const updates = [
      change('update', [{ path: 'amount', old: 10, new: 12 }]),
      change('update', [{ path: 'settings.a', old: 1, new: 2 }]),
      change('update', [{ path: 'amount', old: 12, new: 13 }]),
    ];
    const open = await historyOf(updates);
    expect(await open.stateAt('invoice', 'i1', minute(0))).toMatchObject({
      state: { amount: 12, settings: { a: 1 } },
      complete: false,
      doubts: [{ reason: 'no_beginning', eventId: null, paths: [] }],
    });
    expect((await open.stateAt('invoice', 'i1', '2026-01-01T00:00:00.000000Z')).state).toEqual({
      amount: 10,
      settings: { a: 1 },
    });

    const end = change('delete', [
      { path: 'amount', old: 13 },
      { path: 'customer', old: 'Initech' },
    ]);
    expect(await (await historyOf([...updates, end])).stateAt('invoice', 'i1', minute(1))).toMatchObject({
      state: { amount: 12, settings: { a: 2 }, customer: 'Initech' },
      complete: true,
      lastChange: { logIndex: 1 },
    });
    expect(await open.stateAt('invoice', 'unknown', minute(9))).toEqual({
      state: null,
      complete: false,
      doubts: [{ reason: 'no_beginning', eventId: null, paths: [] }],
      lastChange: null,
    });
  });

  it('notices writes that went past the application, erased values and cut ones', async () => {
    const history = await historyOf(
      [
        created,
        change('update', [{ path: 'amount', old: 99, new: 100 }]),
        change('update', [{ path: 'note', old: null, new: 'private' }]),
        change('update', [
          { path: 'settings', old: { bytes: 1, truncated: true }, new: { bytes: 2, truncated: true } },
        ]),
        change('update', [], { flags: ['degraded'] }),
      ],
      ({ logIndex }) => logIndex === 2,
    );
    const { state, doubts, complete } = await history.stateAt('invoice', 'i1', minute(9));
    expect(complete).toBe(false);
    expect(state).toMatchObject({ amount: 100 });
    expect(doubts.map(({ reason, paths }) => [reason, paths])).toEqual([
      ['unseen', ['amount']],
      ['erased', []],
      ['incomplete', ['settings']],
      ['incomplete', []],
    ]);
  });

  it('gives back any value that was recorded, whatever the names in it', async () => {
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'a.b', 'c\\d', '0', 'x', 'y'),
      fc.string({ minLength: 1 }),
    );
    const json = fc.letrec<{ node: JsonValue }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<JsonValue>(null, true, 1, 'text'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(name, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).node;
    const object = fc.dictionary(name, json, { maxKeys: 4, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fc.array(object, { minLength: 1, maxLength: 6 }), async (versions) => {
        const events = versions.map((value, n) =>
          n === 0
            ? change('create', [{ path: 'data', new: value }])
            : change('update', diffJson('data', versions[n - 1], value)),
        );
        // As the log gives it: without what the redaction makes of names.
        const rows = events.map((event, n) => row(event, n));
        const history = new ChangeHistory({
          findPage: async ({ after = -1, resourceId }) =>
            resourceId === 'i1' ? rows.filter((r) => r.logIndex > after) : [],
        });
        for (const [n, value] of versions.entries()) {
          const { state, complete } = await history.stateAt('invoice', 'i1', minute(n));
          expect(complete).toBe(true);
          expect(JSON.parse(JSON.stringify(state))).toEqual({ data: JSON.parse(JSON.stringify(value)) });
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

function row({ action, resource, context, actor, changes }: AuditEvent, logIndex: number): StoredEvent {
  const occurredAt = minute(logIndex);
  const record = { action, resource, context, actor, occurredAt, sections: { changes: {} } };
  return {
    logIndex,
    eventId: `e${logIndex}`,
    record: JSON.stringify(record),
    sections: JSON.stringify({ changes: { salt: '', value: changes } }),
  } as StoredEvent;
}
