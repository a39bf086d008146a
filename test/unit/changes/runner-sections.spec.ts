import { jest } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { RunnerSections } from '../../../lib/changes/typeorm/runner-sections.js';

describe('RunnerSections', () => {
  const runner = {} as QueryRunner;
  const gate = () => {
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    return { open, opened };
  };

  it('lets in one at a time, in order', async () => {
    const sections = new RunnerSections();
    const steps: string[] = [];
    const first = gate();
    const a = sections.run(runner, async () => {
      steps.push('a in');
      await first.opened;
      steps.push('a out');
    });
    const b = sections.run(runner, async () => void steps.push('b'));
    const c = sections.run(runner, async () => void steps.push('c'));
    first.open();
    await Promise.all([a, b, c]);
    expect(steps).toEqual(['a in', 'a out', 'b', 'c']);
  });

  it('lets work within a section in, and only that', async () => {
    const sections = new RunnerSections();
    expect(sections.isInside(runner)).toBe(false);
    const result = await sections.run(runner, () =>
      sections.run(runner, async () => {
        expect(sections.isInside(runner)).toBe(true);
        expect(sections.isInside({} as QueryRunner)).toBe(false);
        return 'inner';
      }),
    );
    expect(result).toBe('inner');
  });

  it('has work that outlives its section wait like any other', async () => {
    const sections = new RunnerSections();
    const [started, second] = [gate(), gate()];
    const steps: string[] = [];
    let outliving!: Promise<void>;
    await sections.run(runner, async () => {
      outliving = started.opened.then(() => sections.run(runner, async () => void steps.push('outliving')));
    });
    const next = sections.run(runner, () => second.opened.then(() => void steps.push('next')));
    started.open();
    await started.opened;
    second.open();
    await Promise.all([next, outliving]);
    expect(steps).toEqual(['next', 'outliving']);
  });

  it('lasts until work is done that was begun within it, whether or not anybody waits for it', async () => {
    const sections = new RunnerSections();
    const inner = gate();
    const steps: string[] = [];
    await sections.run(runner, async () => {
      void sections.run(runner, () => inner.opened.then(() => void steps.push('inner')));
      steps.push('outer');
    });
    const next = sections.run(runner, async () => void steps.push('next'));
    inner.open();
    await next;
    expect(steps).toEqual(['outer', 'inner', 'next']);
  });

  it('gives up waiting for a section in which nothing happens, not for a long statement', async () => {
    jest.useFakeTimers();
    try {
      const sections = new RunnerSections();
      const [statement, never] = [gate(), gate()];
      const steps: string[] = [];
      void sections.run(runner, async () => {
        await sections.statement(runner, () => statement.opened);
        steps.push('answered');
        await never.opened;
      });
      const next = sections.run(runner, async () => void steps.push('next'));
      await jest.advanceTimersByTimeAsync(60_000);
      expect(steps).toEqual([]);
      statement.open();
      await jest.advanceTimersByTimeAsync(60_000);
      await next;
      expect(steps).toEqual(['answered', 'next']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('goes on after work that fails', async () => {
    const sections = new RunnerSections();
    const failing = sections.run(runner, () => Promise.reject(new Error('boom')));
    const next = sections.run(runner, async () => 'next');
    await expect(failing).rejects.toThrow('boom');
    expect(await next).toBe('next');
  });

  it('does not make different runners wait for each other', async () => {
    const sections = new RunnerSections();
    const first = gate();
    const waiting = sections.run(runner, () => first.opened);
    expect(await sections.run({} as QueryRunner, async () => 'other')).toBe('other');
    first.open();
    await waiting;
  });
});
