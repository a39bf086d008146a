import { describe, expect, it } from '@jest/globals';
import type { AuditPageQuery } from '../../../lib/reports/audit-query.interface.js';
import { EventReader } from '../../../lib/reports/event-reader.js';
import { InvalidAuditQueryError } from '../../../lib/reports/invalid-audit-query.error.js';
import { MemoryLedgerStore } from '../../../lib/storage/memory/memory-ledger-store.js';

const reader = new EventReader(new MemoryLedgerStore());

describe('EventReader', () => {
  it.each<[unknown, RegExp]>([
    [null, /filter is null; it must be an object/],
    ['x', /filter is 'x'/],
    [[], /filter is \[\]/],
    [{ actorId: 'u1' }, /condition actorId is 'u1'; it must be one of actor, actorType/],
    [JSON.parse('{"__proto__":"x"}'), /condition __proto__/],
    [{ constructor: 'x' }, /condition constructor/],
    [{ actor: null }, /actor is null; it must be a text/],
    [{ tenant: { tenant_id: 1 } }, /tenant is { tenant_id: 1 }/],
    [{ requestId: ['a'] }, /requestId is \[ 'a' \]/],
    [{ correlationId: 5n }, /correlationId is 5n/],
    [{ action: { $ne: 1 } }, /action is/],
    [{ action: ['a', 1] }, /action is/],
    [{ action: ['invoice.*', 'order.paid'] }, /single pattern/],
    [{ action: [] }, /action is \[\]/],
    [{ outcome: 'ok' }, /one or a list of success, failure, denied/],
    [{ severity: ['error', 'critical'] }, /severity is/],
    [{ resource: 'invoice' }, /resource is 'invoice'; it must be an object with type, id or both/],
    [{ resource: { kind: 'invoice' } }, /resource is/],
    [{ resource: { id: 7 } }, /resource is/],
    [{ order: 'asc' }, /order is 'asc'; it must be "newest" or "oldest"/],
    [{ from: 'yesterday' }, /from is 'yesterday'/],
    [{ to: new Date(NaN) }, /to is Invalid Date/],
    [{ to: 5 }, /to is 5; it must be a Date/],
  ])('refuses %p', async (filter, why) => {
    const attempt = reader.find(filter as AuditPageQuery);
    await expect(attempt).rejects.toThrow(InvalidAuditQueryError);
    await expect(attempt).rejects.toThrow(why);
    await expect(reader.stream(filter as AuditPageQuery).next()).rejects.toThrow(why);
  });

  it.each([
    { limit: 0 },
    { limit: 1001 },
    { limit: '10' },
    { limit: 1.5 },
    { cursor: '' },
    { cursor: 5 },
    { cursor: '-1' },
  ])('refuses %p', async (query) => {
    await expect(reader.find(query as AuditPageQuery)).rejects.toThrow(InvalidAuditQueryError);
  });

  it.each([undefined, null, 5, { event_id: 1 }])('refuses %p as an id', async (id) => {
    await expect(reader.get(id as never)).rejects.toThrow(/id is .*; it must be a text/);
  });

  it.each<AuditPageQuery>([
    {},
    { limit: 1000, cursor: '0', order: 'oldest' },
    { action: '*', outcome: ['denied', 'failure'], severity: 'error', resource: { type: 'a' }, stream: 'main' },
    { action: ['a', 'b'], from: new Date(0), to: '2026-01-01T00:00:00Z' },
    JSON.parse('{"resource":{}}') as AuditPageQuery,
    { actor: undefined, resource: undefined, from: undefined, cursor: undefined } as unknown as AuditPageQuery,
  ])('takes %p', async (query) => {
    expect(await reader.find(query)).toEqual({ items: [], nextCursor: null });
  });
});
