import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { awaitAbandoned } from '../../../lib/capture/http/abandoned-request.js';
import { HttpExchange } from '../../../lib/capture/http/http-exchange.js';
import { OpenExchanges } from '../../../lib/capture/http/open-exchanges.js';

function exchange(): HttpExchange {
  const request = new IncomingMessage(new Socket());
  return new HttpExchange(request, new ServerResponse(request), {} as never);
}

describe('OpenExchanges', () => {
  it('finds an exchange by its request, without showing it', () => {
    const open = new OpenExchanges();
    const one = exchange();
    open.add(one);
    expect(open.get(one.request)).toBe(one);
    expect(new OpenExchanges().get(one.request)).toBeUndefined();
    expect(Object.getOwnPropertySymbols({ ...one.request })).not.toContainEqual(
      expect.objectContaining({ description: expect.stringContaining('audit') }),
    );
    open.remove(one);
    expect(open.get(one.request)).toBe(one);
  });

  it('lists what is open, whatever leaves first', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const open = new OpenExchanges();
      const all = [exchange(), exchange(), exchange()];
      for (const one of all) open.add(one);
      const left = new Set(all);
      for (const index of order) {
        open.remove(all[index]);
        left.delete(all[index]);
        expect(new Set(open.list())).toEqual(left);
      }
    }
  });

  it('tells when nothing is open, but for the one that asks', async () => {
    const open = new OpenExchanges();
    await open.whenEmpty();
    const [one, asking] = [exchange(), exchange()];
    open.add(asking);
    await open.whenEmpty(asking);
    open.add(one);
    const order: string[] = [];
    const waiting = [
      open.whenEmpty(asking).then(() => order.push('but one')),
      open.whenEmpty().then(() => order.push('all')),
    ];
    open.remove(one);
    await waiting[0];
    expect(order).toEqual(['but one']);
    open.remove(asking);
    await Promise.all(waiting);
    expect(order).toEqual(['but one', 'all']);
  });
});

describe('an abandoned request', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is waited for a minute', () => {
    const one = exchange();
    one.stage = 'handler';
    let done = 0;
    expect(awaitAbandoned(one, () => done++)).toBe(true);
    jest.advanceTimersByTime(59_999);
    expect(done).toBe(0);
    jest.advanceTimersByTime(1);
    expect(done).toBe(1);
    expect(one.answered).toBe(false);
  });

  it('is over with an answer that nobody gets, and the response is as before', () => {
    const one = exchange();
    one.stage = 'guards';
    (one.request as { complete: boolean }).complete = true;
    const { end } = one.response;
    let done = 0;
    expect(awaitAbandoned(one, () => done++)).toBe(true);
    one.response.end('x');
    expect([done, one.answered, one.response.end]).toEqual([1, true, end]);
    jest.advanceTimersByTime(60_000);
    expect(done).toBe(1);
  });

  it('is over with its handler', () => {
    const one = exchange();
    one.stage = 'handler';
    let done = 0;
    awaitAbandoned(one, () => done++);
    one.onHandlerDone?.();
    expect([done, one.answered, one.onHandlerDone]).toEqual([1, false, undefined]);
  });

  it('is not waited for when nothing runs', () => {
    const unread = exchange();
    expect(awaitAbandoned(unread, () => undefined)).toBe(false);
    const returned = exchange();
    returned.stage = 'returned';
    expect(awaitAbandoned(returned, () => undefined)).toBe(false);
  });
});
