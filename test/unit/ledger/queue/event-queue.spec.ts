import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../../../../lib/ledger/spool/spool.js';
import { EventQueue } from '../../../../lib/ledger/queue/event-queue.js';
import type { EventQueueOptions } from '../../../../lib/ledger/queue/event-queue.interface.js';
import { QueueClosedError, SealTimeoutError, UnstorableEventError } from '../../../../lib/ledger/queue/queue.errors.js';
import type { Sealer, SealRequest } from '../../../../lib/ledger/queue/sealer.interface.js';
import type { SealReceipt } from '../../../../lib/ledger/seal-receipt.interface.js';
import type { SealableEvent } from '../../../../lib/event/sealable-event.js';
import { sealableEvent } from '../../../support/sealable-event.js';

const OPTIONS: EventQueueOptions = {
  maxEvents: 100,
  maxBytes: 1_000_000,
  maxBatch: 10,
  lingerMs: 1,
  retryBaseMs: 1,
  retryMaxMs: 2,
  sealTimeoutMs: 10_000,
};

/** Keeps what it sealed; fails as its script says, by call. */
class ScriptedSealer implements Sealer {
  readonly sealed = new Map<string, SealableEvent>();
  readonly calls: { ids: string[]; request: SealRequest }[] = [];
  script: ((events: readonly SealableEvent[], call: number) => void | Promise<void>) | undefined;

  async seal(events: readonly SealableEvent[], request: SealRequest): Promise<SealReceipt[]> {
    this.calls.push({ ids: events.map(({ id }) => id), request });
    await this.script?.(events, this.calls.length);
    return events.map((event) => {
      if (!this.sealed.has(event.id)) this.sealed.set(event.id, event);
      const logIndex = [...this.sealed.keys()].indexOf(event.id);
      return {
        id: event.id,
        logIndex,
        stream: event.stream,
        sequence: logIndex,
        hash: 'h',
        previousHash: null,
        occurredAt: event.columns.occurredAt,
      };
    });
  }

  async close(): Promise<void> {}
}

class Refusal extends Error {
  readonly transient = false;
}

function setup(options: Partial<EventQueueOptions> = {}, journal?: Spool) {
  const sealer = new ScriptedSealer();
  const failures: { error: unknown; final: boolean }[] = [];
  const queue = new EventQueue(
    sealer,
    { ...OPTIONS, ...options },
    {
      gapEvent: (gap) => sealableEvent(`gap:${gap.reason}:${gap.count}`),
      reduced: (event) => ({ ...event, sections: [] }),
      onFailure: (error, final) => failures.push({ error, final }),
    },
    journal,
  );
  const balanced = () => {
    const { accepted, sealed, pending, lost } = queue.stats();
    expect(accepted).toBe(sealed + pending + lost);
  };
  return { sealer, queue, failures, balanced };
}

const events = (count: number, prefix = 'e') => Array.from({ length: count }, (_, i) => sealableEvent(`${prefix}${i}`));

describe('EventQueue', () => {
  it('seals in the order of acceptance, in batches of at most maxBatch', async () => {
    const { sealer, queue, balanced } = setup();
    for (const event of events(25)) queue.offer(event);
    balanced();
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual(events(25).map(({ id }) => id));
    expect(Math.max(...sealer.calls.map(({ ids }) => ids.length))).toBeLessThanOrEqual(10);
    expect(queue.stats()).toMatchObject({ accepted: 25, sealed: 25, pending: 0, lost: 0 });
  });

  it('repeats a failed append with a look-up first, until it succeeds', async () => {
    const { sealer, queue, failures, balanced } = setup();
    sealer.script = (_, call) => {
      balanced();
      if (call < 4) throw new Error('database away');
    };
    for (const event of events(3)) queue.offer(event);
    await queue.whenIdle();
    expect(sealer.calls.map(({ request }) => request.replay)).toEqual([false, true, true, true]);
    expect(sealer.sealed.size).toBe(3);
    expect(failures).toHaveLength(3);
    expect(queue.stats().failures).toBe(3);
  });

  it('finds the one event that the store refuses, reduces it and seals the rest', async () => {
    const { sealer, queue, failures } = setup();
    sealer.script = (batch) => {
      if (batch.some(({ id, sections }) => id === 'e3' && sections.length > 0)) throw new Refusal('bad value');
    };
    const all = events(8).map((event) => ({ ...event, sections: [{ name: 'metadata' as const, json: '{"a":1}' }] }));
    for (const event of all) queue.offer(event);
    await queue.whenIdle();
    expect(new Set(sealer.sealed.keys())).toEqual(new Set(all.map(({ id }) => id)));
    expect(sealer.sealed.get('e3')?.sections).toEqual([]);
    expect(sealer.sealed.get('e4')?.sections).toHaveLength(1);
    expect(failures.filter(({ final }) => final)).toHaveLength(1);
    expect(queue.stats()).toMatchObject({ accepted: 8, sealed: 8, pending: 0, lost: 0 });
  });

  it('keeps an event whose place in the log is taken, and tries again with pauses', async () => {
    const { queue, sealer, failures, balanced } = setup();
    sealer.script = (_, call) => {
      if (call <= 5) throw Object.assign(new Refusal('UNIQUE constraint failed'), { reason: 'duplicate' });
    };
    await queue.submit(sealableEvent('e1'), false);
    expect(sealer.calls.slice(1).every(({ request }) => request.replay)).toBe(true);
    expect(failures.map(({ error }) => (error as Error).message)).toContainEqual(
      expect.stringMatching(/e1 cannot be sealed.*restore.*UNIQUE/s),
    );
    expect(queue.stats()).toMatchObject({ sealed: 1, lost: 0 });
    balanced();
  });

  it('writes a loss later when the store refuses the gap event, too, and does not spin', async () => {
    const { queue, sealer, balanced } = setup({ retryMaxMs: 20 });
    let refusing = true;
    sealer.script = () => {
      if (refusing) throw new Refusal('no');
    };
    await expect(queue.submit(sealableEvent('e1'), false)).rejects.toThrow(UnstorableEventError);
    await queue.whenIdle();
    // The event and the gap event, each whole and reduced.
    expect(sealer.calls).toHaveLength(4);
    expect(queue.stats()).toMatchObject({ accepted: 1, sealed: 0, pending: 0, lost: 1 });
    balanced();
    refusing = false;
    while (sealer.sealed.size === 0) await new Promise((resolve) => setImmediate(resolve));
    expect([...sealer.sealed.keys()]).toEqual(['gap:unstorable:1']);
    await queue.whenIdle();
    expect(queue.stats()).toMatchObject({ accepted: 2, sealed: 1, pending: 0, lost: 1 });
    balanced();
    expect(await queue.close(100)).toBe(0);
  });

  it('does not call an end clean that leaves a loss untold', async () => {
    const { queue, sealer } = setup({ retryMaxMs: 1000 });
    sealer.script = () => {
      throw new Refusal('no');
    };
    await expect(queue.submit(sealableEvent('e1'), false)).rejects.toThrow(UnstorableEventError);
    expect(await queue.close(100)).toBe(1);
  });

  it('counts an event that is refused even when reduced, and says so in the log', async () => {
    const { sealer, queue, balanced } = setup();
    sealer.script = (batch) => {
      if (batch.some(({ id }) => id === 'e1')) throw new Refusal('never');
    };
    const receipt = expect(queue.submit(sealableEvent('e1'), false)).rejects.toBeInstanceOf(UnstorableEventError);
    queue.offer(sealableEvent('e2'));
    await receipt;
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual(['e2', 'gap:unstorable:1']);
    expect(queue.stats()).toMatchObject({ accepted: 3, sealed: 2, lost: 1, pending: 0 });
    balanced();
  });

  it('does not give an event up because the connection broke while its reduced form was tried', async () => {
    const { sealer, queue, balanced } = setup();
    let broken = 2;
    sealer.script = (batch) => {
      if (batch.some(({ id, sections }) => id === 'e1' && sections.length > 0)) throw new Refusal('bad value');
      if (broken-- > 0) throw new Error('connection lost');
    };
    queue.offer({ ...sealableEvent('e1'), sections: [{ name: 'metadata' as const, json: '{"a":1}' }] });
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual(['e1']);
    expect(queue.stats()).toMatchObject({ accepted: 1, sealed: 1, lost: 0, pending: 0 });
    balanced();
  });

  it('seals an event that is waited for once, also while others wait on disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-queue-'));
    const { sealer, queue, balanced } = setup({ maxEvents: 2 }, new Spool({ folder }));
    for (const event of events(6)) queue.offer(event);
    const receipt = queue.submit(sealableEvent('waited'), false);
    balanced();
    expect((await receipt).id).toBe('waited');
    await queue.whenIdle();
    expect(sealer.calls.flatMap(({ ids }) => ids).filter((id) => id === 'waited')).toHaveLength(1);
    expect(queue.stats()).toMatchObject({ accepted: 7, sealed: 7, pending: 0, lost: 0 });
    await queue.close(1_000);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is bounded: what does not fit is counted and told once there is room', async () => {
    const { sealer, queue, balanced } = setup({ maxEvents: 5 });
    for (const event of events(12)) queue.offer(event);
    balanced();
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual([...events(5).map(({ id }) => id), 'gap:queue_overflow:7']);
    expect(queue.stats()).toMatchObject({ accepted: 13, sealed: 6, lost: 7, pending: 0 });
  });

  it('is bounded by size as well', async () => {
    const { sealer, queue } = setup({ maxBytes: 200 });
    const big = { ...sealableEvent('big'), sections: [{ name: 'metadata' as const, json: `"${'x'.repeat(300)}"` }] };
    queue.offer(big);
    queue.offer(sealableEvent('next'));
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual(['big', 'gap:queue_overflow:1']);
  });

  it('gives each waiting caller the receipt of its own event', async () => {
    const { queue } = setup();
    const receipts = await Promise.all(events(30).map((event) => queue.submit(event, false)));
    expect(receipts.map(({ id }) => id)).toEqual(events(30).map(({ id }) => id));
  });

  it('takes an event back when its time is over, and never seals it later', async () => {
    const { sealer, queue, balanced } = setup({ sealTimeoutMs: 20 });
    sealer.script = () => {
      throw new Error('database away');
    };
    await expect(queue.submit(sealableEvent('late'), true)).rejects.toBeInstanceOf(SealTimeoutError);
    sealer.script = undefined;
    queue.offer(sealableEvent('next'));
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual(['next']);
    expect(queue.stats()).toMatchObject({ accepted: 1, sealed: 1, pending: 0, lost: 0 });
    balanced();
  });

  it('leaves an event queued when its caller only stopped waiting', async () => {
    const { sealer, queue } = setup({ sealTimeoutMs: 20 });
    sealer.script = () => {
      throw new Error('database away');
    };
    await expect(queue.submit(sealableEvent('late'), false)).rejects.toMatchObject({ withdrawn: false });
    sealer.script = undefined;
    await queue.whenIdle();
    expect([...sealer.sealed.keys()]).toEqual(['late']);
  });

  it('drains at close, then takes nothing any more', async () => {
    const { sealer, queue, balanced } = setup({ lingerMs: 60_000 });
    for (const event of events(15)) queue.offer(event);
    expect(await queue.close(5_000)).toBe(0);
    expect(sealer.sealed.size).toBe(15);
    await expect(queue.submit(sealableEvent('after'), false)).rejects.toBeInstanceOf(QueueClosedError);
    queue.offer(sealableEvent('after'));
    expect(queue.stats()).toMatchObject({ accepted: 16, sealed: 15, lost: 1 });
    balanced();
  });

  it('keeps the deadline of a close that cannot drain and says how many are left', async () => {
    const { sealer, queue } = setup();
    sealer.script = () => {
      throw new Error('database away');
    };
    for (const event of events(4)) queue.offer(event);
    const waiting = expect(queue.submit(sealableEvent('w'), false)).rejects.toBeInstanceOf(QueueClosedError);
    expect(await queue.close(30)).toBe(5);
    await waiting;
    expect(sealer.sealed.size).toBe(0);
  });

  it('looks again when another process sealed one of its events meanwhile', async () => {
    const { sealer, queue, failures, balanced } = setup();
    const duplicate = Object.assign(new Refusal('duplicate key'), { reason: 'duplicate' });
    sealer.script = (_, call) => {
      if (call === 1) throw duplicate;
    };
    await queue.replay(events(1, 'shared'));
    expect(sealer.calls.map(({ request }) => request.replay)).toEqual([true, true]);
    expect(failures).toEqual([]);
    expect(queue.stats()).toMatchObject({ sealed: 1, lost: 0 });
    balanced();
  });

  it('replays events of a dead process with a look-up', async () => {
    const { sealer, queue, balanced } = setup();
    await queue.replay(events(3, 'old'));
    expect(sealer.calls).toEqual([{ ids: ['old0', 'old1', 'old2'], request: { replay: true, receipts: false } }]);
    balanced();
  });
});
