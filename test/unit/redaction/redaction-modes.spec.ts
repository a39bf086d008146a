import { createHmac } from 'node:crypto';
import { InvalidRedactionOptionError } from '../../../lib/redaction/invalid-redaction-option.error.js';
import { Redactor } from '../../../lib/redaction/redactor.js';
import type { RedactionOptions } from '../../../lib/redaction/redaction-options.interface.js';

const KEY = 'a key of at least sixteen bytes';
const hmac = { key: KEY, keyId: 'k1' };
const digest = (text: string, key: string | Buffer = KEY) => createHmac('sha256', key).update(text).digest('hex');
const sanitize = (options: RedactionOptions, value: unknown) => new Redactor(options).sanitize(value, 'metadata').value;

describe('modes of hidden values', () => {
  it('masks by default, whatever the type', () => {
    const values = { password: 'x', token: 1, secret: null, cookie: { a: 1 }, session: [1], sid: true, otp: undefined };
    const { value, hits } = new Redactor().sanitize(values, 'metadata');
    expect(value).toEqual({
      password: { $redacted: 'key:password' },
      token: { $redacted: 'key:token' },
      secret: { $redacted: 'key:secret' },
      cookie: { $redacted: 'key:cookie' },
      session: { $redacted: 'key:session' },
      sid: { $redacted: 'key:sid' },
      otp: { $redacted: 'key:otp' },
    });
    expect(hits).toBe(7);
  });

  it('removes the member, the text and the entry', () => {
    const { value, hits } = new Redactor({ mode: 'remove' }).sanitize(
      { password: 'x', note: 'card 4111111111111111!', whole: '4111111111111111', list: ['4111111111111111'] },
      'metadata',
    );
    expect(value).toEqual({ note: 'card !', list: [null] });
    expect(hits).toBe(4);
    expect(new Redactor({ mode: 'remove' }).sanitize('4111111111111111', 'metadata').value).toBeNull();
  });

  it('shows the last four of identifying numbers only', () => {
    expect(
      sanitize(
        { mode: 'partial' },
        { iban: 'DE89 3704 0044 0532 0130 00', token: 'abcdefghijkl', password: 'abcdefghijkl' },
      ),
    ).toEqual({
      iban: { $redacted: 'key:iban', last: '3000' },
      token: { $redacted: 'key:token' },
      password: { $redacted: 'key:password' },
    });
    expect(sanitize({ mode: 'partial' }, 'card 4111-1111-1111-1234')).toBe('card 4111-1111-1111-1234');
    expect(sanitize({ mode: 'partial' }, 'card 4111-1111-1111-1111')).toBe('card [REDACTED:pan:1111]');
    expect(sanitize({ mode: 'partial' }, 4111111111111111)).toEqual({ $redacted: 'pattern:pan', last: '1111' });
  });

  it('shows nothing of short values, and no punctuation that could break a marker', () => {
    expect(sanitize({ mode: 'partial' }, { iban: 'DE89 37' })).toEqual({ iban: { $redacted: 'key:iban' } });
    expect(sanitize({ mode: 'partial' }, { iban: { a: 1 } })).toEqual({ iban: { $redacted: 'key:iban' } });
    expect(sanitize({ mode: 'partial', keys: ['badge'] }, 'badge=12345]678')).toBe('badge=[REDACTED:key:badge:5678]');
  });

  it('keeps a keyed digest, by which equal values can be joined', () => {
    expect(
      sanitize({ mode: 'hmac', hmac }, { token: 'abc', other: 'Bearer abcdefgh', sid: { a: 1 }, jwt: 12 }),
    ).toEqual({
      token: { $redacted: 'key:token', hmac: digest('abc'), kid: 'k1' },
      other: { $redacted: 'pattern:bearer', hmac: digest('Bearer abcdefgh'), kid: 'k1' },
      sid: { $redacted: 'key:sid' },
      jwt: { $redacted: 'key:jwt', hmac: digest('12'), kid: 'k1' },
    });
    expect(sanitize({ mode: 'hmac', hmac }, 'a Bearer abcdefgh b')).toBe(
      `a [REDACTED:bearer:hmac:k1:${digest('Bearer abcdefgh').slice(0, 32)}] b`,
    );
  });

  it('uses the key of the tenant of the moment', () => {
    let tenant: string | undefined = 't1';
    const redactor = new Redactor({ mode: 'hmac', hmac: { ...hmac, perTenant: () => tenant } });
    const of = () => (redactor.sanitize({ token: 'abc' }, 'metadata').value as { token: { hmac: string } }).token.hmac;
    const derived = createHmac('sha256', KEY).update('tenant:t1').digest();
    expect(of()).toBe(digest('abc', derived));
    const first = of();
    tenant = 't2';
    expect(of()).not.toBe(first);
    tenant = undefined;
    expect(of()).toBe(digest('abc'));
    tenant = 't1';
    expect(of()).toBe(first);
  });

  it('never keeps anything of verification codes, PINs and passwords', () => {
    const values = { cvv: '123', pin: '123456789', password: 'abcdefghijkl', seed: 'abcdefghijkl' };
    const masked = Object.fromEntries(Object.keys(values).map((key) => [key, { $redacted: `key:${key}` }]));
    expect(sanitize({ mode: 'hmac', hmac }, values)).toEqual(masked);
    expect(sanitize({ mode: 'partial' }, values)).toEqual(masked);
    expect(sanitize({ paths: [{ path: 'metadata.*', mode: 'hmac' }], hmac }, values)).toEqual(masked);
    expect(sanitize({ paths: [{ path: '**.pin', mode: 'hmac' }], hmac }, new Map([['pin', 1234]]))).toEqual({
      $map: [['pin', masked['pin']]],
    });
    const pin = new Redactor({ paths: [{ path: 'metadata.pin', mode: 'partial' }] });
    expect(pin.sanitize('123456789', 'metadata.pin').value).toEqual(masked['pin']);
  });

  it('takes the mode of a single rule', () => {
    const options: RedactionOptions = {
      modes: { 'key:token': 'partial', 'pattern:pan': 'remove', 'key:badge': 'remove' },
      keys: ['badge'],
    };
    expect(sanitize(options, { token: 'abcdefghijkl', secret: 'x', badge: 1, n: 'a 4111111111111111' })).toEqual({
      token: { $redacted: 'key:token', last: 'ijkl' },
      secret: { $redacted: 'key:secret' },
      n: 'a ',
    });
  });

  it('gives pseudonyms only with a key', () => {
    expect(new Redactor().pseudonym('session-1')).toBeUndefined();
    expect(new Redactor({ hmac }).pseudonym('session-1')).toBe(`hmac:k1:${digest('session-1')}`);
  });
});

describe('options that cannot be obeyed', () => {
  it.each<[string, RedactionOptions, RegExp]>([
    ['an unknown mode', { mode: 'encrypt' as 'mask' }, /redaction\.mode .*mask, partial, hmac, remove/],
    ['hmac without a key', { mode: 'hmac' }, /redaction\.mode .*needs a key/],
    ['hmac of one rule without a key', { modes: { 'key:token': 'hmac' } }, /redaction\.modes\.key:token/],
    ['a mode for no rule', { modes: { 'key:nothing': 'mask' } }, /redaction\.modes\.key:nothing .*no rule/],
    ['a mode for a pattern that is off', { modes: { 'pattern:email': 'mask' } }, /pattern:email .*no rule/],
    ['part of a verification code', { modes: { 'key:cvv': 'partial' } }, /key:cvv .*must not be kept/],
    ['a digest of a password', { modes: { 'key:password': 'hmac' }, hmac }, /key:password .*must not be kept/],
    ['a short key', { hmac: { key: 'short', keyId: 'k' } }, /hmac\.key .*5 bytes/],
    ['a key id that breaks markers', { hmac: { key: KEY, keyId: 'k]1' } }, /hmac\.keyId/],
    ['an unknown pattern', { patterns: { enable: ['emails'] } }, /there is no pattern "emails"/],
    [
      'an unknown pattern to switch off',
      { patterns: { disable: ['constructor'] } },
      /there is no pattern "constructor"/,
    ],
    [
      'a custom pattern under a taken name',
      { patterns: { custom: [{ name: 'pan', pattern: /x/ }] } },
      /exists already/,
    ],
    ['an empty path', { paths: [{ path: '' }] }, /empty name/],
    ['a path with an empty name', { paths: [{ path: 'a..b' }] }, /empty name/],
    ['a path mode without a key', { paths: [{ path: 'a', mode: 'hmac' }] }, /redaction\.paths\.a /],
    ['an unknown limit', { limits: { size: 1 } as never }, /redaction\.limits\.size .*depth, keys/],
    ['a limit beyond the format', { limits: { depth: 33 } }, /from 2 to 32/],
    ['a limit that is no number', { limits: { bytes: Number.NaN } }, /from 4096 on/],
  ])('refuses %s', (_, options, message) => {
    expect(() => new Redactor(options)).toThrow(InvalidRedactionOptionError);
    expect(() => new Redactor(options)).toThrow(message);
  });

  it('takes undefined for not given', () => {
    expect(
      () => new Redactor({ limits: { depth: undefined }, hmac: undefined, mode: undefined, paths: undefined }),
    ).not.toThrow();
  });
});
