import { createHmac } from 'node:crypto';
import { isWellFormed, Redactor } from '../../../lib/redaction/index.js';

const redactor = new Redactor();
const sanitize = (value: unknown, by = redactor) => by.sanitize(value, 'metadata');
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('limits', () => {
  it('keep head and tail of a long text', () => {
    const given = `<${'é'.repeat(10_000)}>`;
    expect(sanitize({ given })).toEqual({
      value: {
        given: { $truncated: 'string', bytes: 20_002, head: `<${'é'.repeat(6143)}`, tail: `${'é'.repeat(2047)}>` },
      },
      hits: 0,
      flags: ['truncated'],
    });
  });

  it('digest a cut text with the key only', () => {
    const given = 'x'.repeat(9000);
    const keyed = new Redactor({ hmac: { key: 'k'.repeat(16), keyId: 'k1' } });
    expect(sanitize(given, keyed).value).toMatchObject({
      hmac: createHmac('sha256', 'k'.repeat(16)).update(given).digest('hex'),
      kid: 'k1',
    });
    expect(sanitize('x'.repeat(1_048_577), keyed).value).not.toHaveProperty('hmac');
    expect(sanitize(given).value).not.toHaveProperty('sha256');
  });

  it('hide a secret that lies across the cut', () => {
    const secret = '4111 1111 1111 1111';
    for (let before = 6125; before <= 6150; before++) {
      const { value, flags } = sanitize(`${'x'.repeat(before - 1)} ${secret} ${'y'.repeat(9000)}`);
      expect(flags).toEqual(['truncated']);
      expect(JSON.stringify(value)).not.toMatch(/\d{4} \d/);
      expect(JSON.stringify(value)).not.toContain('4111');
    }
    for (let after = 2020; after <= 2060; after++) {
      const { value } = sanitize(`${'x'.repeat(9000)} ${secret} ${'y'.repeat(after)}`);
      expect(JSON.stringify(value)).not.toMatch(/111/);
    }
  });

  it('hide the rest of a private key whose beginning is cut away', () => {
    const body = `${'M'.repeat(64)}\n`.repeat(110);
    const given = `${'x'.repeat(9000)}-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY----- end`;
    const { value } = sanitize(given) as unknown as { value: { tail: string } };
    expect(value.tail).toBe('[REDACTED:private-key] end');
    const other = sanitize(`-----BEGIN PRIVATE KEY-----\n${body.repeat(4)}`) as unknown as { value: { head: string } };
    expect(other.value.head).toBe('[REDACTED:private-key]');
  });

  it('do not cut surrogate pairs', () => {
    for (const lead of ['', 'x']) {
      const { value, flags } = sanitize(lead + '😀'.repeat(5000));
      expect(flags).toEqual(['truncated']);
      expect(JSON.stringify(value)).not.toContain('\ufffd');
      expect(isWellFormed((value as unknown as { head: string }).head)).toBe(true);
      expect(isWellFormed((value as unknown as { tail: string }).tail)).toBe(true);
    }
  });

  it('keep both ends of a long list', () => {
    const { value, flags } = sanitize(Array.from({ length: 1000 }, (_, index) => index));
    expect(flags).toEqual(['truncated']);
    expect(value).toHaveLength(200);
    expect((value as unknown[])[149]).toBe(149);
    expect((value as unknown[])[150]).toEqual({ $truncated: 'array', omitted: 801 });
    expect((value as unknown[])[151]).toBe(951);
    expect((value as unknown[])[199]).toBe(999);
    expect(sanitize(Array.from({ length: 200 }, () => 1)).flags).toEqual([]);
    expect(sanitize(new Set(Array.from({ length: 201 }, (_, index) => index))).value).toMatchObject({
      $set: expect.arrayContaining([0, 149, { $truncated: 'array', omitted: 2 }, 152, 200]),
    });
    const map = new Map(Array.from({ length: 1000 }, (_, index) => [`k${index}`, index]));
    const { $map } = sanitize(map).value as unknown as { $map: unknown[] };
    expect($map).toHaveLength(200);
    expect($map[199]).toEqual(['k999', 999]);
  });

  it('leave out members beyond the number of keys and say how many', () => {
    const given = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`k${index}`, 1]));
    const { value, flags } = sanitize(given);
    expect(flags).toEqual(['truncated']);
    expect(Object.keys(value as object)).toHaveLength(1001);
    expect(value).toMatchObject({ k0: 1, k999: 1, $truncated: 500 });
    expect(sanitize([given, given]).value).toEqual([
      expect.objectContaining({ $truncated: 500 }),
      { $truncated: 'array', omitted: 1 },
    ]);
  });

  it('shorten long keys without making two of them one', () => {
    const [a, b] = [`${'k'.repeat(300)}a`, `${'k'.repeat(300)}b`];
    const { value, flags } = sanitize({ [a]: 1, [b]: 2 });
    const keys = Object.keys(value as object);
    expect(flags).toEqual(['truncated']);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(key).toMatch(/^k{223}~[0-9a-f]{32}$/);
  });

  it('bound the whole in bytes, with control characters and all', () => {
    const small = new Redactor({ limits: { bytes: 4096 } });
    for (const text of ['x'.repeat(500), '\u0001'.repeat(500), '€'.repeat(500), '"'.repeat(500), '😀'.repeat(250)]) {
      for (const value of [
        Array.from({ length: 100 }, () => text),
        Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${text.slice(0, 200)}${index}`, [[[text]]]])),
      ]) {
        const { value: clean, flags } = sanitize(value, small);
        expect(flags).toContain('truncated');
        expect(bytesOf(clean)).toBeLessThanOrEqual(4096);
        expect(bytesOf(clean)).toBeGreaterThan(1000);
      }
    }
  });

  it('bound the whole in bytes under markers and numbers too', () => {
    const small = new Redactor({
      limits: { bytes: 4096 },
      mode: 'hmac',
      hmac: { key: 'k'.repeat(16), keyId: 'k'.repeat(64) },
    });
    const secrets = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`token${index}`, 'abc']));
    const lists = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => -Math.PI / 1e300));
    const inline = Array.from({ length: 200 }, () => 'Bearer x1 '.repeat(100));
    for (const value of [secrets, lists, inline])
      expect(bytesOf(sanitize(value, small).value)).toBeLessThanOrEqual(4096);
  });

  it('say the size of a text for which there is no room', () => {
    const small = new Redactor({ limits: { bytes: 4096 } });
    expect(sanitize({ a: 'x'.repeat(3000), b: 1 }, small).value).toEqual({
      a: { $truncated: 'string', bytes: 3000 },
      b: 1,
    });
  });

  it('can be changed', () => {
    const tight = new Redactor({ limits: { depth: 3, keys: 3, array: 3, string: 16 } });
    expect(sanitize({ a: { b: { c: 1 } } }, tight).value).toEqual({ a: { b: { $truncated: 'depth' } } });
    expect(sanitize([1, 2, 3, 4, 5], tight).value).toEqual([1, 2, { $truncated: 'array', omitted: 3 }]);
    expect(sanitize('x'.repeat(17), tight).value).toEqual({
      $truncated: 'string',
      bytes: 17,
      head: 'x'.repeat(12),
      tail: 'x'.repeat(4),
    });
  });
});
