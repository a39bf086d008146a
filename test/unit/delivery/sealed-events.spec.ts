import { SealedEvents } from '../../../lib/delivery/in-process/sealed-events.js';
import { ManualClock } from '../../support/delivery/manual-clock.js';
import { TestLog } from '../../support/delivery/test-log.js';

describe('SealedEvents', () => {
  it('gives what is sealed from the subscription on, in order, to every subscriber', async () => {
    const clock = new ManualClock();
    const log = new TestLog();
    log.append(3);
    const sealed = new SealedEvents(log, clock, 1000);
    sealed.notify();
    expect(log.reads).toBe(0); // nobody listens
    const one: number[] = [];
    const two: number[] = [];
    const first = sealed.events$.subscribe(({ logIndex }) => one.push(logIndex));
    await sealed.whenIdle();
    log.append(450);
    sealed.notify();
    await sealed.whenIdle();
    const second = sealed.events$.subscribe(({ logIndex }) => two.push(logIndex));
    log.append(1); // by another process: found by looking
    clock.advance(1000);
    await sealed.whenIdle();
    expect(one).toEqual(Array.from({ length: 451 }, (_, i) => i + 3));
    expect(two).toEqual([453]);

    first.unsubscribe();
    second.unsubscribe();
    expect(clock.pending).toEqual([]);
    log.append(1);
    const late: number[] = [];
    let isComplete = false;
    sealed.events$.subscribe({ next: ({ logIndex }) => late.push(logIndex), complete: () => (isComplete = true) });
    await sealed.whenIdle();
    log.append(1);
    sealed.notify();
    await sealed.whenIdle();
    expect(late).toEqual([455]);
    await sealed.stop();
    expect([isComplete, clock.pending]).toEqual([true, []]);
  });

  it('shows only the sections that it may', async () => {
    const log = new TestLog();
    const lines: string[] = [];
    const bare = new SealedEvents(log, new ManualClock(), 1000);
    const open = new SealedEvents(log, new ManualClock(), 1000, ['client']);
    bare.events$.subscribe(({ line }) => lines.push(line));
    open.events$.subscribe(({ line }) => lines.push(line));
    await Promise.all([bare.whenIdle(), open.whenIdle()]);
    log.append(1);
    bare.notify();
    await bare.whenIdle();
    open.notify();
    await open.whenIdle();
    expect(lines[0]).not.toContain('192.0.2.1');
    expect(lines[1]).toContain('192.0.2.1');
    await Promise.all([bare.stop(), open.stop()]);
  });

  it('survives a log that can not be read', async () => {
    const log = new TestLog();
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const sealed = new SealedEvents(log, clock, 1000, [], (error) => errors.push(error));
    const seen: number[] = [];
    sealed.events$.subscribe(({ logIndex }) => seen.push(logIndex));
    await sealed.whenIdle();
    const { readRange } = log;
    log.readRange = () => Promise.reject(new Error('away'));
    log.append(1);
    sealed.notify();
    await sealed.whenIdle();
    expect(errors).toHaveLength(1);
    log.readRange = readRange;
    clock.advance(1000);
    await sealed.whenIdle();
    expect(seen).toEqual([0]);
    await sealed.stop();
  });
});
