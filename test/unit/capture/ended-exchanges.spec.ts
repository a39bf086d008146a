import { AsyncLocalStorage } from 'node:async_hooks';
import { EndedExchanges } from '../../../lib/capture/http/ended-exchanges.js';
import type { HttpExchange } from '../../../lib/capture/http/http-exchange.js';

const exchange = (n: number) => ({ n }) as unknown as HttpExchange;

describe('requests that are over', () => {
  it('are finished together, in order, soon', async () => {
    const finished: unknown[] = [];
    await new Promise<void>((resolve) => {
      const ended = new EndedExchanges((one) => {
        finished.push(one);
        if (finished.length === 3) resolve();
      });
      for (const n of [1, 2, 3]) ended.add(exchange(n));
      expect(finished).toEqual([]);
    });
    expect(finished).toEqual([1, 2, 3].map((n) => ({ n })));
  });

  it('do not wait when many have come', () => {
    let finished = 0;
    const ended = new EndedExchanges(() => finished++);
    for (let n = 0; n < 64; n++) ended.add(exchange(n));
    expect(finished).toBe(64);
  });

  it('are finished at once when somebody asks, and once only', async () => {
    let finished = 0;
    const ended = new EndedExchanges(() => finished++);
    ended.add(exchange(1));
    ended.flush();
    expect(finished).toBe(1);
    ended.add(exchange(2));
    await new Promise<void>((resolve) => {
      const later = new EndedExchanges(() => resolve());
      later.add(exchange(3));
    });
    ended.flush();
    expect(finished).toBe(2);
  });

  it('are finished in nobody’s asynchronous context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = await new Promise<string | undefined>((resolve) => {
      const ended = new EndedExchanges(() => resolve(storage.getStore()));
      storage.run('a request', () => ended.add(exchange(1)));
    });
    expect(seen).toBeUndefined();
  });
});
