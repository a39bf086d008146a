import fc from 'fast-check';
import { compileRoute, SINK_TEST_ACTION } from '../../../lib/delivery/routing/compile-route.js';
import { matchesPattern } from '../../../lib/delivery/routing/pattern.js';
import type { AuditRecord } from '../../../lib/event/audit-record.interface.js';

const record = {
  action: 'invoice.line.delete',
  outcome: 'denied',
  severity: 'warning',
  actor: { type: 'agent' },
  tenant: { id: 't_1' },
  resource: { type: 'invoice', id: 'inv_1' },
} as AuditRecord;

describe('matchesPattern', () => {
  it.each([
    ['invoice.*', 'invoice.delete', true],
    ['invoice.*', 'invoice.line.delete', true],
    ['invoice.*', 'invoices.delete', false],
    ['*.delete', 'invoice.line.delete', true],
    ['in*.*.del*e', 'invoice.line.delete', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a', 'ab', false],
    ['a.c', 'abc', false],
    ['**', 'anything', true],
    ['[a-z]+', 'abc', false],
  ])('%j on %j is %p', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 }), (pattern, text) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
    );
  });

  it('does not blow up on a hostile text', () => {
    const started = process.hrtime.bigint();
    expect(matchesPattern(`${'*a'.repeat(30)}b`, 'a'.repeat(5000))).toBe(false);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1000);
  });
});

describe('compileRoute', () => {
  it('sends everything without a condition', () => {
    expect(compileRoute('s', undefined)(record)).toEqual({ kind: 'deliver' });
  });

  it.each([
    [{ action: ['user.*', 'invoice.*'] }, 'deliver'],
    [{ action: ['user.*'] }, 'skip'],
    [{ outcome: ['denied', 'failure'], severity: ['warning'] }, 'deliver'],
    [{ outcome: ['denied'], severity: ['error'] }, 'skip'],
    [{ tenant: ['t_*'] }, 'deliver'],
    [{ tenant: ['t_2'] }, 'skip'],
    [{ resource: ['invoice'] }, 'deliver'],
    [{ actorType: ['user', 'agent'] }, 'deliver'],
    [{ actorType: ['user'] }, 'skip'],
    [{ action: undefined, tenant: ['*'] }, 'deliver'],
  ])('%j: %s', (when, kind) => {
    expect(compileRoute('s', when)(record)).toEqual({ kind });
  });

  it('does not send an event that lacks the field', () => {
    const bare = { ...record, tenant: undefined, resource: undefined };
    expect(compileRoute('s', { tenant: ['*'] })(bare)).toEqual({ kind: 'skip' });
    expect(compileRoute('s', { resource: ['*'] })(bare)).toEqual({ kind: 'skip' });
  });

  it.each([
    [{ actions: ['x'] }, /unknown field "actions".*Allowed are: action, outcome/],
    [{ action: [] }, /"when.action"/],
    [{ action: 'invoice.*' }, /"when.action"/],
    [{ action: [''] }, /"when.action"/],
    [['invoice.*'], /an object of lists, or a function/],
    [null, /an object of lists, or a function/],
    [{ __proto__: null, constructor: ['x'] }, /unknown field "constructor"/],
  ])('refuses %j', (when, message) => {
    expect(() => compileRoute('s', when as never)).toThrow(message);
  });

  it('parks what a function can not decide', () => {
    const thrown = compileRoute('s', () => {
      throw new Error('token=abcdefgh12345 is odd');
    })(record);
    expect(thrown).toMatchObject({ kind: 'park', error: expect.stringContaining('it threw') });
    for (const answer of [undefined, 1, 'true', null, Promise.resolve(true)]) {
      expect(compileRoute('s', () => answer as never)(record)).toMatchObject({ kind: 'park' });
    }
    expect(compileRoute('s', () => true)(record)).toEqual({ kind: 'deliver' });
  });

  it('sends a test event to the sink that it names and to no other', () => {
    const test = { ...record, action: SINK_TEST_ACTION, resource: { type: 'audit_sink', id: 's' } };
    expect(compileRoute('s', { action: ['never'] })(test)).toEqual({ kind: 'deliver' });
    expect(compileRoute('other', undefined)(test)).toEqual({ kind: 'skip' });
  });
});
