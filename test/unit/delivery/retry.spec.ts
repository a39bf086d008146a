import fc from 'fast-check';
import {
  DEFAULT_RETRY_POLICY,
  fullJitter,
  heldDelay,
  parseRetryAfter,
  transientDelay,
} from '../../../lib/delivery/retry/index.js';

const now = Date.parse('2026-11-21T20:44:00Z');

describe('fullJitter', () => {
  it('lies between 1 ms and the bound that doubles with each failure, up to the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (failures, x) => {
          const wait = fullJitter(DEFAULT_RETRY_POLICY, failures, () => x);
          const bound = Math.min(300_000, 500 * 2 ** Math.max(0, failures - 1));
          expect(wait).toBeGreaterThanOrEqual(1);
          expect(wait).toBeLessThanOrEqual(bound);
        },
      ),
    );
  });

  it('uses the whole range', () => {
    expect(fullJitter(DEFAULT_RETRY_POLICY, 4, () => 0)).toBe(1);
    expect(fullJitter(DEFAULT_RETRY_POLICY, 4, () => 0.5)).toBe(2000);
  });
});

describe('transientDelay', () => {
  it('never undercuts what was asked for, and caps it', () => {
    expect(transientDelay(DEFAULT_RETRY_POLICY, 1, () => 0, 30_000)).toBeGreaterThanOrEqual(30_000);
    expect(transientDelay(DEFAULT_RETRY_POLICY, 1, () => 0, 1e12)).toBeLessThanOrEqual(3_600_000 + 500);
    expect(transientDelay(DEFAULT_RETRY_POLICY, 1, () => 0, -5)).toBe(1);
  });
});

describe('heldDelay', () => {
  it('lies between half and all of the probe interval', () => {
    expect(heldDelay(DEFAULT_RETRY_POLICY, () => 0)).toBe(15_000);
    expect(heldDelay(DEFAULT_RETRY_POLICY, () => 0.999)).toBe(29_985);
  });
});

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sat, 21 Nov 2026 20:44:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 20:43:00 GMT', 0],
    ['Saturday, 21-Nov-26 20:44:30 GMT', 30_000],
  ])('reads %j', (text, ms) => {
    expect(parseRetryAfter(text, now)).toBe(ms);
  });

  it.each([undefined, '', 'soon', '-1', '1.5', '99999999999', '2026-11-21', 'Sat, 99 Foo 2026 20:44:30 GMT'])(
    'ignores %j',
    (text) => {
      expect(parseRetryAfter(text, now)).toBeUndefined();
    },
  );
});
