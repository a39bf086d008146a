import { describe, expect, it, jest } from '@jest/globals';
import { AuditContext } from '../../../lib/capture/context/audit-context.js';
import { mergeAnnotations } from '../../../lib/capture/context/annotation.interface.js';
import { NestedScope } from '../../../lib/capture/context/nested-scope.js';

describe('AuditContext', () => {
  it('is shared by two loaded copies of the package', async () => {
    jest.resetModules();
    const other = await import('../../../lib/capture/context/audit-context.js');
    expect(other.AuditContext).not.toBe(AuditContext);
    new AuditContext().runAs({ actor: { type: 'service', id: 'a' } }, () => {
      expect(new other.AuditContext().current()?.actor).toEqual({ type: 'service', id: 'a' });
    });
  });

  it('merges what nested calls say', () => {
    const context = new AuditContext();
    context.runAs({ tenant: { id: 't' }, correlationId: 'c', metadata: { a: 1, b: 1 } }, () => {
      const outer = context.current();
      if (outer) outer.transactionId = 'tx';
      context.runAs({ actor: { type: 'agent', id: 'x' }, metadata: { b: 2 } }, () => {
        expect(context.complete({ action: 'a', metadata: { c: 3 } })).toEqual({
          action: 'a',
          actor: { type: 'agent', id: 'x' },
          tenant: { id: 't' },
          context: { correlationId: 'c', transactionId: 'tx' },
          metadata: { a: 1, b: 2, c: 3 },
        });
        const inner = context.current();
        expect(inner?.root).toBe(outer);
        if (inner) inner.transactionId = 'tx2';
        expect(outer?.transactionId).toBe('tx');
      });
    });
  });

  it('prefers what an event says itself', () => {
    const context = new AuditContext();
    context.runAs({ actor: { type: 'user', id: 'u' }, tenant: { id: 't' }, correlationId: 'c' }, () => {
      expect(
        context.complete({
          action: 'a',
          actor: { type: 'system' },
          tenant: { id: 'own' },
          context: { correlationId: 'own' },
        }),
      ).toMatchObject({ actor: { type: 'system' }, tenant: { id: 'own' }, context: { correlationId: 'own' } });
    });
  });

  it('waits for an actor that is still being found', async () => {
    const context = new AuditContext();
    const pending = new NestedScope({}, undefined);
    let known = false;
    Object.defineProperties(pending, {
      actor: { get: () => (known ? { type: 'user', id: 'late' } : undefined) },
      settle: {
        value: async () => {
          await Promise.resolve();
          known = true;
        },
      },
    });
    const event = context.run(pending, () => context.complete({ action: 'a' }));
    expect(event).toBeInstanceOf(Promise);
    expect((await event).actor).toEqual({ type: 'user', id: 'late' });
  });
});

describe('annotations', () => {
  it('are merged, the later one weighs more', () => {
    const merged = mergeAnnotations(
      { action: 'a', metadata: { x: 1, y: 1 } },
      { outcome: 'denied', metadata: { y: 2 } },
    );
    expect(merged).toEqual({ action: 'a', outcome: 'denied', metadata: { x: 1, y: 2 } });
    expect(mergeAnnotations(merged, { action: 'b' })).toEqual({ ...merged, action: 'b' });
    expect(mergeAnnotations(undefined, { action: 'b' })).toEqual({ action: 'b' });
  });
});
