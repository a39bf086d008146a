import { Redactor } from '../../../lib/redaction/redactor.js';
import { isWellFormed, storableText, toWellFormed } from '../../../lib/redaction/text/well-formed.js';

const redactor = new Redactor();

describe('text', () => {
  it.each<[unknown, string]>([
    ['plain', 'plain'],
    [new Error('password=x'), 'password=[REDACTED:key:password]'],
    [42, '42'],
    [7n, '7'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
    [{ toString: () => 'secret' }, ''],
    [Symbol('x'), ''],
    ['a\0\ud800', 'a\ufffd\ufffd'],
    ['line\nbreak', 'line\nbreak'],
  ])('of %p is %j', (given, expected) => {
    expect(redactor.text(given, 100)).toBe(expected);
  });

  it('keeps head and tail of a longer one within the limit', () => {
    const text = redactor.text(`<${'x'.repeat(5000)}>`, 512);
    expect(text).toHaveLength(512);
    expect(text).toMatch(/^<x+…\[5002 characters\]…x+>$/);
    expect(redactor.text('x'.repeat(50), 10)).toHaveLength(10);
    expect(redactor.text('x'.repeat(50), 0)).toBe('');
  });

  it('stays within the limit when markers are longer than what they hide', () => {
    expect(redactor.text('Bearer x1 Bearer x1', 19).length).toBeLessThanOrEqual(19);
    expect(redactor.text('a '.repeat(30) + 'pin=1', 66).length).toBeLessThanOrEqual(66);
  });

  it('hides what lies across the cut', () => {
    for (let at = 300; at < 520; at++) {
      expect(redactor.text(`${'x'.repeat(at)} 4111111111111111 ${'y'.repeat(3000)}`, 512)).not.toMatch(/\d{8}/);
    }
  });

  it('survives errors that fight back', () => {
    const error = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(redactor.text(error, 100)).toBe('');
    expect(redactor.text(Object.defineProperty(new Error('x'), 'message', { value: { a: 1 } }), 100)).toBe('');
  });

  it('says what it did', () => {
    expect(redactor.describeText('pin=1 pin=2\0', 100)).toEqual({
      text: 'pin=[REDACTED:key:pin] pin=[REDACTED:key:pin]',
      hits: 2,
      repaired: true,
    });
  });
});

describe('identifier', () => {
  it.each([
    ['control characters', 'a\r\n\tb\u001b[31m\u0085', 'a\\u000d\\u000a\\u0009b\\u001b[31m\\u0085'],
    ['line separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['bidi controls', '\u202eabc\u2066\u061c\u200f', '\\u202eabc\\u2066\\u061c\\u200f'],
    ['zero-width characters', 'ad\u200bmin\ufeff\u2060', 'ad\\u200bmin\\ufeff\\u2060'],
    ['tags beyond the basic plane', 'a\u{e0041}', 'a\\u{e0041}'],
    ['NUL and halves of pairs', 'a\0\ud800', 'a\ufffd\ufffd'],
    ['letters of the world', 'Ærøskøbing 東京 😀', 'Ærøskøbing 東京 😀'],
    ['names with colons', 'session:42', 'session:42'],
    ['names with colons and plus signs', 'a+b:token:42', 'a+b:token:42'],
    ['tokens', 'sk_live_4eC39HqLyjWDarjt', '[REDACTED:vendor-token]'],
  ])('shows or replaces %s', (_, given, expected) => {
    expect(redactor.identifier(given)).toBe(expected);
  });

  it('is 256 characters at most, and two long ones stay two', () => {
    const [a, b] = [redactor.identifier(`${'u'.repeat(300)}a`), redactor.identifier(`${'u'.repeat(300)}b`)];
    expect(a).toHaveLength(256);
    expect(a).toMatch(/^u{223}~[0-9a-f]{32}$/);
    expect(a).not.toBe(b);
    expect(redactor.identifier('u'.repeat(256))).toBe('u'.repeat(256));
    expect(redactor.identifier('u'.repeat(65), 64)).toMatch(/^u{31}~[0-9a-f]{32}$/);
    expect(redactor.identifier('u'.repeat(65), 10)).toBe('u'.repeat(10));
  });

  it('counts escapes towards the length', () => {
    expect(redactor.identifier('\n'.repeat(100))).toHaveLength(256);
  });

  it('digests nothing that it hides', () => {
    const given = (card: string) => `${card} ${'x'.repeat(300)}`;
    expect(redactor.identifier(given('Bearer abc1'))).toBe(redactor.identifier(given('Bearer def2')));
  });

  it('takes megabytes', () => {
    const [a, b] = ['a', 'b'].map((end) => redactor.identifier('x'.repeat(1_000_000) + end));
    expect(a).toHaveLength(256);
    expect(a).not.toBe(b);
  });

  it.each<[unknown, string]>([
    [12, '12'],
    [12n, '12'],
    [undefined, ''],
    [{}, ''],
  ])('of %p is %j', (given, expected) => {
    expect(redactor.identifier(given)).toBe(expected);
  });
});

describe('well-formed text', () => {
  it.each([
    ['abc', true],
    ['😀', true],
    ['\ud83d', false],
    ['\ude00\ud83d', false],
    ['', true],
  ])('%j: %s', (text, expected) => {
    expect(isWellFormed(text)).toBe(expected);
    expect(isWellFormed(toWellFormed(text))).toBe(true);
    expect(toWellFormed(text) === text).toBe(expected);
  });

  it('does without the methods of the runtime', () => {
    const { isWellFormed: own, toWellFormed: ownTo } = String.prototype as unknown as Record<string, () => unknown>;
    try {
      Object.assign(String.prototype, { isWellFormed: undefined, toWellFormed: undefined });
      expect(isWellFormed('a\ud800')).toBe(false);
      expect(isWellFormed('a😀')).toBe(true);
      expect(storableText('a\ud800😀\0')).toBe('a\ufffd😀\ufffd');
    } finally {
      Object.assign(String.prototype, { isWellFormed: own, toWellFormed: ownTo });
    }
  });
});
