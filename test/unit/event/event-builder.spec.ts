import fc from 'fast-check';
import type { AuditEvent } from '../../../lib/event/audit-event.interface.js';
import type { AuditRecord } from '../../../lib/event/audit-record.interface.js';
import { canonicalize } from '../../../lib/event/canonical.js';
import { EventBuilder } from '../../../lib/event/event-builder.js';
import { columnsOf } from '../../../lib/event/record-columns.js';
import { SafeJson } from '../../../lib/event/safe-json.js';
import { commitEvent, EMPTY_HEAD, sealBatch } from '../../../lib/ledger/sealing/batch-sealer.js';
import { CompactRange } from '../../../lib/ledger/merkle/index.js';
import { Redactor } from '../../../lib/redaction/redactor.js';

const service = { name: 'billing-api', version: '1.4.0', instance: 'host:1:deadbeef' };
const builder = new EventBuilder({ service, sanitizer: new Redactor() });

function seal(event: AuditEvent, use = builder) {
  const sealable = use.build(event);
  const { batch } = sealBatch(
    [commitEvent(sealable)],
    { head: EMPTY_HEAD, range: new CompactRange(), streams: new Map() },
    { algorithm: 'sha256' },
  );
  const [row] = batch.rows;
  return { row, record: JSON.parse(row.record) as AuditRecord, sections: JSON.parse(row.sections ?? '{}') };
}

const everything: AuditEvent = {
  action: 'invoice.delete',
  outcome: 'success',
  severity: 'info',
  actor: {
    id: 'user_123',
    type: 'user',
    authMethod: 'jwt',
    roles: ['admin', 'billing'],
    privileged: true,
    onBehalfOf: { id: 'user_9', type: 'user' },
    claimedId: 'c',
    claimReason: 'expired',
    email: 'alice@example.com',
    name: 'Alice',
  },
  tenant: { id: 't_1', slug: 'acme' },
  resource: { type: 'invoice', id: 'inv_987' },
  reason: { code: 'requested', text: 'customer asked' },
  occurredAt: '2026-11-21T20:44:00.123456Z',
  context: {
    requestId: 'r',
    claimedRequestId: 'cr',
    correlationId: 'c',
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    sessionId: 's',
    transactionId: 'tx',
    causationId: 'ca',
    trail: 'orders',
  },
  http: {
    method: 'DELETE',
    path: '/invoices/inv_987',
    route: '/invoices/:id',
    status: 200,
    durationMs: 12.4,
    requestBytes: 10,
    responseBytes: 20,
    aborted: true,
    changes: 3,
  },
  flags: ['bulk', 'backfilled'],
  stream: 'main',
  client: { ip: '203.0.113.7', userAgent: 'curl/8' },
  request: { body: { amount: 12 }, query: { page: '1' } },
  response: { body: { ok: true } },
  changes: [{ path: 'amount', old: 1, new: 2 }],
  metadata: { note: 'x' },
  error: new TypeError('boom'),
};

describe('names that come again', () => {
  const name = fc.oneof(
    fc.constantFrom('invoice.create', 'POST', 'a"b', 'card 4111111111111111', '\u202e', '\ud800', 'token=abcdef', ''),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  const named = fc.record({
    action: name,
    type: name,
    slug: name,
    roles: fc.array(name, { maxLength: 40 }),
    route: name,
    code: name,
  });
  const eventOf = ({
    action,
    type,
    slug,
    roles,
    route,
    code,
  }: Record<string, string> & { roles: string[] }): AuditEvent => ({
    action,
    actor: { id: 'u', type, roles, authMethod: slug },
    tenant: { slug },
    resource: { type },
    reason: { code },
    stream: type,
    http: { method: action, path: route, route },
    occurredAt: '2026-11-21T20:44:00.123456Z',
  });

  it('are written as a builder writes them that has never seen them', () => {
    const id = '01999999-9999-7999-8999-999999999999';
    fc.assert(
      fc.property(named, (names) => {
        const event = eventOf(names as never);
        const fresh = new EventBuilder({ service, sanitizer: new Redactor() }).build(event, id);
        expect(builder.build(event, id)).toEqual(fresh);
        expect(builder.build(event, id)).toEqual(fresh);
        const [first, second, third, last] = fresh.parts;
        const record = `${first}"sha256"${second}null${third},"sequence":0${last}`;
        expect(canonicalize(JSON.parse(record))).toBe(record);
      }),
    );
  });
});

describe('EventBuilder', () => {
  it('writes every field of an event in canonical order', () => {
    const { row, record } = seal(everything);
    expect(canonicalize(record)).toBe(row.record);
    expect(record).toMatchObject({
      action: 'invoice.delete',
      actor: {
        id: 'user_123',
        onBehalfOf: { id: 'user_9', type: 'user' },
        privileged: true,
        roles: ['admin', 'billing'],
      },
      alg: 'sha256',
      context: { requestId: 'r', transactionId: 'tx', trail: 'orders' },
      flags: ['backfilled', 'bulk'],
      http: { aborted: true, changes: 3, durationMs: 12.4, status: 200 },
      previousHash: null,
      reason: { code: 'requested' },
      sequence: 0,
      service,
      tenant: { id: 't_1', slug: 'acme' },
      v: 1,
    });
    expect(Object.keys(record.sections ?? {})).toEqual([
      'changes',
      'client',
      'error',
      'metadata',
      'request',
      'response',
    ]);
  });

  it('keeps personal data and free words out of the record, in sections that can be erased', () => {
    const { row, sections } = seal(everything);
    for (const word of ['alice@example.com', 'Alice', 'customer asked', '203.0.113.7', 'boom']) {
      expect(row.record).not.toContain(word);
    }
    expect(sections.client.value).toEqual({
      displayName: 'Alice',
      email: 'alice@example.com',
      ip: '203.0.113.7',
      userAgent: 'curl/8',
    });
    expect(sections.metadata.value).toEqual({ note: 'x', reason: 'customer asked' });
    expect(sections.error.value).toEqual({ class: 'TypeError', message: 'boom' });
  });

  it('leaves out what is absent instead of writing null', () => {
    const { row, record } = seal({ action: 'job.run' });
    expect(record.actor).toEqual({ type: 'system' });
    expect(Object.keys(record).sort()).toEqual(
      [
        'action',
        'actor',
        'alg',
        'id',
        'occurredAt',
        'outcome',
        'previousHash',
        'sequence',
        'service',
        'severity',
        'stream',
        'v',
      ].sort(),
    );
    expect(row.sections).toBeNull();
  });

  it.each([
    [{ outcome: 'success' }, 'success'],
    [{ outcome: 'denied' }, 'warning'],
    [{ outcome: 'failure' }, 'error'],
    [{ outcome: 'failure', severity: 'info' }, 'info'],
  ] as const)('derives the severity of %j as %s', (event, severity) => {
    expect(seal({ action: 'a', ...event }).record.severity).toBe(severity);
  });

  it('embeds what was captured and redacted earlier as it stands', () => {
    const { sections } = seal({
      action: 'a',
      request: { body: new SafeJson('{"a":1,"z":"[REDACTED:pan]"}'), query: { password: 'hunter2' } },
    });
    expect(sections.request.value.body).toEqual({ a: 1, z: '[REDACTED:pan]' });
    expect(JSON.stringify(sections)).not.toContain('hunter2');
  });

  it('redacts what manual events bring', () => {
    const { row } = seal({
      action: 'a',
      metadata: { nested: [{ apiKey: 'k-123456' }] },
      error: new Error('Bearer abcdefghijklmnopqrstuvwxyz012345'),
    });
    expect(row.sections).not.toContain('k-123456');
    expect(row.sections).not.toContain('abcdefghijklmnopqrstuvwxyz012345');
  });

  it('cuts a section that is too large and says so', () => {
    const small = new EventBuilder({ service, sanitizer: new Redactor(), maxSectionBytes: 500 });
    const { record, sections } = seal({ action: 'a', metadata: { big: 'é'.repeat(1000), small: 1 } }, small);
    expect(record.flags).toEqual(['truncated']);
    expect(sections.metadata.value).toMatchObject({ small: 1, big: { truncated: true, bytes: 2002 } });
    expect(record.sections?.metadata.bytes).toBeLessThanOrEqual(500);
  });

  it('reduces an event whose reading throws, and never loses it', () => {
    const degraded: unknown[] = [];
    const watching = new EventBuilder({
      service,
      sanitizer: new Redactor(),
      onDegraded: (error) => degraded.push(error),
    });
    const hostile = {
      action: 'invoice.pay',
      actor: { id: 'u1', type: 'user' },
      get metadata(): never {
        throw new Error('no metadata for you');
      },
    } as unknown as AuditEvent;
    const { record } = seal(hostile, watching);
    expect(record).toMatchObject({ action: 'invoice.pay', actor: { id: 'u1', type: 'user' }, flags: ['degraded'] });
    expect(degraded).toHaveLength(1);
  });

  it('survives an event that cannot be read at all', () => {
    const event = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    ) as AuditEvent;
    const { row, record } = seal(event);
    expect(record).toMatchObject({ action: 'audit.unreadable', outcome: 'failure', flags: ['degraded'] });
    expect(canonicalize(record)).toBe(row.record);
  });

  it('replaces a time that is none by the time of capture', () => {
    const { record } = seal({ action: 'a', occurredAt: 'yesterday' });
    expect(record.occurredAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(record.flags).toEqual(['sanitized']);
  });

  it.each(['invoice.pay', 5, {}, { action: '' }, { action: null }])('tells of %p, which has no action', (event) => {
    const told: unknown[] = [];
    const telling = new EventBuilder({ service, sanitizer: new Redactor(), onDegraded: (error) => told.push(error) });
    const given = typeof event === 'object' ? { ...event, metadata: { kept: true } } : event;
    const { row, record, sections } = seal(given as unknown as AuditEvent, telling);
    expect(record).toMatchObject({ action: 'audit.unreadable', flags: ['degraded'] });
    expect(row).toMatchObject(columnsOf(record));
    if (typeof event === 'object') expect(sections.metadata.value).toEqual({ kept: true });
    expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining('no action') as string })]);
  });

  it.each(['critical', 7, 'a\u0000b', '\ud800', {}])('replaces %p, which is no outcome and no severity', (odd) => {
    const { row, record } = seal({ action: 'a', outcome: odd, severity: odd } as unknown as AuditEvent);
    expect(record).toMatchObject({ action: 'a', outcome: 'failure', severity: 'error', flags: ['sanitized'] });
    expect(row).toMatchObject(columnsOf(record));
  });

  it('property: any event becomes a canonical record whose columns repeat its fields', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    const events = fc.record(
      {
        action: text,
        outcome: fc.oneof(fc.constantFrom('success', 'failure', 'denied'), anything),
        severity: fc.oneof(fc.constantFrom('error', 'warning', 'info', 'success'), anything),
        actor: fc.record({ id: text, type: text, email: text, roles: fc.array(text) }, { requiredKeys: ['type'] }),
        tenant: fc.record({ id: text, slug: text }, { requiredKeys: [] }),
        resource: fc.record({ id: text, type: text }, { requiredKeys: ['type'] }),
        context: fc.record({ requestId: text, correlationId: text, traceId: text, trail: text }, { requiredKeys: [] }),
        http: fc.record(
          { method: text, path: text, status: fc.double(), durationMs: fc.double() },
          { requiredKeys: ['method'] },
        ),
        stream: text,
        metadata: fc.dictionary(text, anything),
        request: fc.dictionary(text, anything),
        error: anything,
        occurredAt: fc.oneof(text, fc.date({ noInvalidDate: false })),
        reason: fc.oneof(text, fc.record({ code: text, text })),
      },
      { requiredKeys: ['action'] },
    );
    fc.assert(
      fc.property(events, (event) => {
        const { row, record } = seal(event as AuditEvent);
        expect(canonicalize(record)).toBe(row.record);
        expect(row).toMatchObject(columnsOf(record));
        expect(Buffer.from(row.record).toString()).toBe(row.record);
        expect(row.record).not.toContain('\u0000');
        expect(canonicalize(JSON.parse(row.sections ?? '{}'))).toBe(row.sections ?? '{}');
        expect(Buffer.byteLength(row.record)).toBeLessThanOrEqual(65_535);
      }),
      { numRuns: 300 },
    );
  });
});
