import { normalizeIp, queryMembers, Redactor, sanitizeHeaders, sanitizeUrl } from '../../../lib/redaction/index.js';

const redactor = new Redactor();
const hidden = (label: string) => ({ $redacted: label });

describe('sanitizeUrl', () => {
  it('hides query values by decoded name and keeps repeated names as lists', () => {
    expect(sanitizeUrl(redactor, '/orders?%70assword=a%20b&id=1&id=2&id=3&x=a+b&flag&=y')).toEqual({
      path: '/orders',
      query: { password: hidden('key:password'), id: ['1', '2', '3'], x: 'a b', flag: '', '': 'y' },
      hits: 1,
      flags: [],
    });
  });

  it('hides secrets by shape, decoded', () => {
    expect(
      sanitizeUrl(redactor, '/cards/4111%201111%201111%201111/x%20y?q=4111+1111+1111+1111&r=Bearer%20abc123'),
    ).toEqual({
      path: '/cards/[REDACTED:pan]/x%20y',
      query: { q: hidden('pattern:pan'), r: hidden('pattern:bearer') },
      hits: 3,
      flags: [],
    });
  });

  it('hides path parameters whose name is hidden', () => {
    const params = { token: 'abc def', id: '7', resetSecrets: ['a', 'b'] };
    expect(sanitizeUrl(redactor, '/reset/abc%20def/7/a/b/abc', params).path).toBe(
      '/reset/[REDACTED:key:token]/7/[REDACTED:key:secret]/[REDACTED:key:secret]/abc',
    );
    expect(sanitizeUrl(redactor, '/reset/x', { token: '' }).path).toBe('/reset/x');
  });

  it('hides userinfo, path assignments and fragments', () => {
    expect(sanitizeUrl(redactor, 'http://u:p@h/a;jsessionid=AB/c?x=1#access_token=abc')).toEqual({
      path: 'http://[REDACTED:userinfo]@h/a;jsessionid=[REDACTED:key:session]',
      query: { x: '1', access_token: hidden('key:token') },
      hits: 3,
      flags: [],
    });
  });

  it('cuts the path at 2 KB and takes what cannot be decoded', () => {
    const { path, flags } = sanitizeUrl(redactor, `/${'x'.repeat(5000)}`);
    expect(path).toHaveLength(2048);
    expect(flags).toEqual(['truncated']);
    expect(sanitizeUrl(redactor, '/%zz%ff/%E0%A4?a=%zz%ff&b=%00')).toEqual({
      path: '/%zz%ff/%E0%A4',
      query: { a: '%zzÿ', b: '\ufffd' },
      hits: 0,
      flags: ['sanitized'],
    });
  });

  it('has no query if there is none', () => {
    expect(sanitizeUrl(redactor, '/a')).toEqual({ path: '/a', hits: 0, flags: [] });
    expect(sanitizeUrl(redactor, '/a?')).toEqual({ path: '/a', hits: 0, flags: [] });
  });

  it('bounds the number of pairs', () => {
    const { query, flags } = sanitizeUrl(redactor, `/a?${'a=1&'.repeat(5000)}`);
    expect(flags).toEqual(['truncated']);
    expect((query as unknown as { a: string[] }).a).toHaveLength(200);
  });

  it('is not fooled by names of the prototype', () => {
    expect(JSON.stringify(sanitizeUrl(redactor, '/?__proto__=1&constructor=2&__proto__=3').query)).toBe(
      '{"__proto__":["1","3"],"constructor":"2"}',
    );
    expect(queryMembers('a=1').members).toEqual({ a: '1' });
  });
});

describe('sanitizeHeaders', () => {
  it('picks what is on the list and hides by key and shape', () => {
    const headers = {
      authorization: 'Bearer abc123',
      Accept: 'text/html',
      cookie: 'sid=1',
      'x-trace': ['a', 'b\u202e'],
      referer: 'https://x.io/?token=abc',
      'content-length': 12,
      'x-other': 'y',
      age: undefined,
    };
    expect(
      sanitizeHeaders(redactor, headers, ['ACCEPT', 'Authorization', 'x-trace', 'referer', 'content-length', 'age']),
    ).toEqual({
      value: {
        authorization: hidden('key:authorization'),
        accept: 'text/html',
        'x-trace': ['a', 'b\\u202e'],
        referer: 'https://x.io/?token=[REDACTED:key:token]',
        'content-length': '12',
      },
      hits: 2,
      flags: [],
    });
  });
});

describe('normalizeIp', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.0'],
    ['192.0.2.1:8080', '192.0.2.1', '192.0.2.0'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.0'],
    ['::FFFF:c000:0201', '192.0.2.1', '192.0.2.0'],
    ['[2001:DB8::1]:443', '2001:db8::1', '2001:db8::'],
    ['"[2001:db8:1:2:3:4:5:6]"', '2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::'],
    ['::', '::', '::'],
    ['::1', '::1', '::'],
    ['1::', '1::', '1::'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1', '2001::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', '2001:db8::'],
    ['2001:0:0:1:1:0:0:1', '2001::1:1:0:0:1', '2001::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', '64:ff9b::'],
    [' 192.0.2.1 ', '192.0.2.1', '192.0.2.0'],
  ])('of %s is %s, truncated %s', (given, full, truncated) => {
    expect(normalizeIp(given)).toBe(full);
    expect(normalizeIp(given, 'truncated')).toBe(truncated);
  });

  it.each<unknown>([
    '',
    'unknown',
    '999.1.1.1',
    '1.2.3',
    '192.0.2.1, 10.0.0.1',
    '<script>',
    ':::',
    'x'.repeat(9999),
    7,
    null,
    undefined,
  ])('of %p is unknown', (given) => {
    expect(normalizeIp(given)).toBeUndefined();
  });
});
