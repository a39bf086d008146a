import { formatTimestamp, isTimestamp, timestampNow, toTimestamp } from '../../../lib/event/timestamp.js';

describe('timestamps', () => {
  it('is UTC with microseconds and follows the wall clock', () => {
    const before = Date.now();
    const now = timestampNow();
    const after = Date.now();
    expect(isTimestamp(now)).toBe(true);
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before - 3);
    expect(Date.parse(now)).toBeLessThanOrEqual(after + 3);
  });

  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1_763_757_840_123.456, '2025-11-21T20:44:00.123456Z'],
    [-0.5, '1969-12-31T23:59:59.999500Z'],
    [951_782_400_000, '2000-02-29T00:00:00.000000Z'],
  ])('formats %d as %s', (ms, text) => {
    expect(formatTimestamp(ms)).toBe(text);
  });

  it.each([
    ['2026-11-21T20:44:00.123456Z', '2026-11-21T20:44:00.123456Z'],
    ['2026-11-21T20:44:00Z', '2026-11-21T20:44:00.000000Z'],
    ['2026-11-21T21:44:00.5+01:00', '2026-11-21T20:44:00.500000Z'],
    ['2026-11-21T20:44:00.123456789Z', '2026-11-21T20:44:00.123456Z'],
    [new Date(0), '1970-01-01T00:00:00.000000Z'],
    ['yesterday', null],
    [new Date(NaN), null],
    ['2026-13-41T99:00:00.000000Z', null],
    [new Date(8.64e15), null],
  ])('reads %p as %p', (given, expected) => {
    expect(toTimestamp(given)).toBe(expected);
  });
});
