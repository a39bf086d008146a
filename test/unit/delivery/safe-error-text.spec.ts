import { maskSecrets, safeErrorText } from '../../../lib/delivery/safe-error-text.js';

describe('safeErrorText', () => {
  it.each([
    ['Authorization: Bearer iml_live_abcdef123456 refused', 'Authorization: Bearer [REDACTED] refused'],
    ['key iml_live_abcdef123456', 'key [REDACTED]'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[REDACTED]'],
    ['connect to https://user:pa55word@example.org/x failed', 'connect to https://[REDACTED]@example.org/x failed'],
    ['GET /x?a=1&token=abc123&b=2', 'GET /x?a=1&token=[REDACTED]&b=2'],
    ['line one\r\nline\u0000 two\u001b[31m', 'line one line\ufffd two [31m'],
    ['', 'unknown error'],
  ])('%j', (text, expected) => {
    expect(safeErrorText(text)).toBe(expected);
  });

  it('masks texts that it is told to, where they are long enough to be one', () => {
    expect(safeErrorText('my own k3y-value says no', ['k3y-value', 'no'])).toBe('my own [REDACTED] says no');
  });

  it('reads whatever was thrown', () => {
    const error = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });
    expect(safeErrorText(error)).toBe('connect failed (ECONNREFUSED)');
    expect(safeErrorText(new AggregateError([error], ''))).toBe('connect failed (ECONNREFUSED)');
    expect(safeErrorText({ reason: 'x' })).toBe('{"reason":"x"}');
    expect(safeErrorText(undefined)).toBe('undefined');
    const hostile = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    expect(safeErrorText(hostile)).toBe('an error that can not be read');
  });

  it('is bounded and well-formed', () => {
    const text = safeErrorText(`${'x'.repeat(498)}😀😀`);
    expect(text.length).toBeLessThanOrEqual(500);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(maskSecrets('a\nb', [], 10)).toBe('a\nb');
  });

  it('is quick on hostile texts', () => {
    const started = process.hrtime.bigint();
    for (const text of ['a://'.repeat(50_000), 'Bearer '.repeat(50_000), '?token='.repeat(50_000), '@'.repeat(1e6)]) {
      safeErrorText(text);
    }
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(500);
  });
});
