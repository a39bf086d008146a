import { describe, expect, it } from '@jest/globals';
import { HttpException, NotFoundException } from '@nestjs/common';
import { errorFacts } from '../../../lib/capture/error-facts.js';
import { resourceTypeOf, singular } from '../../../lib/capture/handler/resource-name.js';
import { defaultAction } from '../../../lib/capture/handler/default-action.js';
import { valueAt } from '../../../lib/capture/handler/resource-locator.js';
import { addressOf, claimedChain } from '../../../lib/capture/http/client-address.js';
import { outcomeOf, reasonOf, severityOf, statusOf } from '../../../lib/capture/http/exchange-outcome.js';
import { cleanId } from '../../../lib/capture/http/request-id.js';
import { parseTraceParent } from '../../../lib/capture/http/trace-parent.js';
import { identifierOf } from '../../../lib/capture/identifier.js';
import { RequestIds } from '../../../lib/capture/request-ids.js';

describe('names of resources', () => {
  it.each([
    ['invoices', 'invoice'],
    ['companies', 'company'],
    ['addresses', 'address'],
    ['boxes', 'box'],
    ['status', 'status'],
    ['statuses', 'status'],
    ['people', 'person'],
    ['series', 'series'],
    ['class', 'class'],
    ['analysis', 'analysis'],
    ['bonus', 'bonus'],
    ['keys', 'key'],
    ['movies', 'movie'],
    ['line-items', 'line-item'],
    ['data', 'data'],
    ['as', 'as'],
    ['invoice', 'invoice'],
  ])('the singular of %s is %s', (plural, one) => {
    expect(singular(plural)).toBe(one);
  });

  it.each([
    ['api/v2/users/:userId/orders', ':id', 'OrdersController', 'order'],
    ['', 'login', 'AuthController', 'login'],
    ['', '/', 'AuditTrailController', 'audit-trail'],
    [':tenant', ':id', 'HTTPThingsController', 'httpthings'],
    ['/', '*path', '', 'resource'],
  ])('%s with %s in %s is %s', (controllerPath, handlerPath, className, type) => {
    expect(resourceTypeOf(controllerPath, handlerPath, className)).toBe(type);
  });

  it.each([
    ['POST', 'a.create'],
    ['GET', 'a.read'],
    ['HEAD', 'a.read'],
    ['PUT', 'a.update'],
    ['PATCH', 'a.update'],
    ['DELETE', 'a.delete'],
    ['PROPFIND', 'a.propfind'],
  ])('%s makes %s', (method, action) => {
    expect(defaultAction('a', method)).toBe(action);
  });
});

describe('values at paths', () => {
  it('are own members only', () => {
    expect(valueAt({ a: { b: [1, { c: 2 }] } }, 'a.b.1.c')).toBe(2);
    expect(valueAt({ a: 1 }, 'a.b')).toBeUndefined();
    expect(valueAt({ a: 1 }, 'constructor.name')).toBeUndefined();
    expect(valueAt(undefined, 'a')).toBeUndefined();
  });

  it.each([
    ['x', 'x'],
    ['', undefined],
    [0, '0'],
    [10n, '10'],
    [true, undefined],
    [null, undefined],
    [{ toHexString: () => 'abc' }, 'abc'],
    [{}, undefined],
    [[1], undefined],
  ])('%p as an identifier', (value, id) => {
    expect(identifierOf(value)).toBe(id);
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['unknown', undefined],
    [undefined, undefined],
    [7, undefined],
  ])('%s', (value, address) => {
    expect(addressOf(value)).toBe(address);
  });

  it('keeps the last ten hops that are claimed', () => {
    expect(claimedChain('a, b ,,c')).toEqual(['a', 'b', 'c']);
    expect(claimedChain(Array.from({ length: 30 }, (_, n) => `h${n}`).join(','))).toEqual(
      Array.from({ length: 10 }, (_, n) => `h${n + 20}`),
    );
    expect(claimedChain('x'.repeat(500))?.[0]).toHaveLength(64);
    expect(claimedChain(['a', 'b'])).toEqual(['a', 'b']);
    expect(claimedChain('1.2.3.4\u009b31m')?.[0]).not.toMatch(/\u009b/);
    expect(claimedChain(' , ')).toBeUndefined();
    expect(claimedChain(undefined)).toBeUndefined();
  });
});

describe('ids', () => {
  it.each([
    ['abc-1.2:3_4', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['', false],
    ['a b', false],
    ['a\nb', false],
    ['é', false],
  ])('%s is clean: %s', (id, clean) => {
    expect(cleanId(id)).toBe(clean ? id : undefined);
  });

  it('of requests are UUIDs of version 7, all different', () => {
    const ids = new RequestIds();
    const made = Array.from({ length: 1000 }, () => ids.make());
    expect(new Set(made).size).toBe(1000);
    for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('of traces follow the standard', () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const span = 'b7ad6b7169203331';
    expect(parseTraceParent(`00-${trace}-${span}-01`)).toEqual({ traceId: trace, spanId: span });
    expect(parseTraceParent(`01-${trace}-${span}-00-future`)).toEqual({ traceId: trace, spanId: span });
    for (const bad of [undefined, '', `00-${trace}-${span}`, `00-${trace}-${span}-01-x`, `ff-${trace}-${span}-01`]) {
      expect(parseTraceParent(bad)).toBeUndefined();
    }
  });
});

describe('outcomes', () => {
  it.each([
    [200, false, 'success', undefined, 'success'],
    [204, false, 'success', undefined, 'success'],
    [304, false, 'success', undefined, 'info'],
    [400, false, 'failure', 'invalid', 'warning'],
    [401, false, 'denied', 'unauthenticated', 'warning'],
    [403, false, 'denied', 'forbidden', 'warning'],
    [404, false, 'failure', 'not_found', 'warning'],
    [404, true, 'denied', 'not_found', 'warning'],
    [418, false, 'failure', 'rejected', 'warning'],
    [429, true, 'denied', 'rate_limited', 'warning'],
    [429, false, 'failure', 'rate_limited', 'warning'],
    [500, true, 'failure', 'error', 'error'],
    [503, false, 'failure', 'unavailable', 'error'],
  ])('%i, refused %s', (status, refused, outcome, reason, severity) => {
    expect(outcomeOf(status, refused)).toBe(outcome);
    expect(reasonOf(status)).toBe(reason);
    expect(severityOf(status, outcome as never)).toBe(severity);
  });

  it('of requests without an answer', () => {
    expect(severityOf(undefined, 'success')).toBe('success');
    expect(severityOf(undefined, 'denied')).toBe('warning');
    expect(severityOf(undefined, 'failure')).toBe('error');
  });

  it.each([
    [new NotFoundException(), 404],
    [{ status: 418 }, 418],
    [{ statusCode: 502 }, 502],
    [{ status: 'active' }, undefined],
    [{ status: 7 }, undefined],
    [new Error('x'), undefined],
    ['text', undefined],
  ])('the status of %p', (error, status) => {
    expect(statusOf(error)).toBe(status);
  });

  it('the status of what cannot be read is unknown', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(statusOf(proxy)).toBeUndefined();
  });
});

describe('facts of errors', () => {
  it.each([
    [new TypeError('bad'), { class: 'TypeError', message: 'bad' }],
    [Object.assign(new Error('x'), { code: 'E_X' }), { class: 'Error', code: 'E_X', message: 'x' }],
    [new HttpException('plain', 400), { class: 'HttpException', message: 'plain' }],
    [new HttpException({ message: ['a', 'b', 3] }, 400), { class: 'HttpException', message: 'a; b' }],
    ['thrown text', { class: 'string', message: 'thrown text' }],
    [undefined, { class: 'undefined', message: 'undefined' }],
    [Object.create(null), { class: 'Error' }],
    [{ name: 'Odd', message: 4 }, { class: 'Object' }],
  ])('%p', (error, facts) => {
    expect(errorFacts(error)).toEqual(facts);
  });
});
