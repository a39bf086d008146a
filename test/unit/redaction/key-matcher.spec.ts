import { KeyMatcher } from '../../../lib/redaction/keys/key-matcher.js';
import { splitName, wordForms } from '../../../lib/redaction/keys/name-words.js';

const HIDDEN: [name: string, entry: string][] = [
  ['user_password', 'password'],
  ['passwordConfirmation', 'password'],
  ['access-token', 'token'],
  ['refreshtoken', 'refreshtoken'],
  ['pass\u200bword', 'password'],
  ['ｐａｓｓｗｏｒｄ', 'password'],
  ['ＰＡＳＳＷＯＲＤ', 'password'],
  ['apiKey', 'apikey'],
  ['X-API-Key', 'apikey'],
  ['card_number', 'cardnumber'],
  ['cvv', 'cvv'],
  ['cvv2', 'cvv'],
  ['PINCode', 'pin'],
  ['userPin', 'pin'],
  ['PIN2', 'pin'],
  ['pins', 'pin'],
  ['pins2', 'pin'],
  ['JWTs', 'jwt'],
  ['Set-Cookie', 'cookie'],
  ['body[password]', 'password'],
  ['user.pass', 'pass'],
  ['%70assword', 'password'],
  ['%2570assword', 'password'],
  ['pass%zzword', 'pass'],
  ['pa\u00adss\u2060word', 'password'],
  ['pássword', 'password'],
  ['creditCard', 'creditcard'],
  ['authorization', 'authorization'],
  ['dateOfBirth', 'dateofbirth'],
  ['__Secure-session', 'session'],
];

const KEPT = [
  'className',
  'secretary',
  'total_tokens_used',
  'shipping',
  'company',
  'inside',
  'spin',
  'panel',
  'expand',
  'compass',
  'bypass',
  'sessionDuration',
  'token_type',
  'MAX-TOKENS',
  'cookieConsent',
  'passCount',
  'amount',
  'id',
  '',
  '—',
];

describe('KeyMatcher', () => {
  const matcher = new KeyMatcher();

  it.each(HIDDEN)('hides %s by %s', (name, entry) => {
    expect(matcher.match(name)).toBe(entry);
  });

  it.each(KEPT)('keeps %j', (name) => {
    expect(matcher.match(name)).toBeUndefined();
  });

  it('judges names longer than any by their two ends', () => {
    expect(matcher.match(`${'x'.repeat(1_000_000)}_password`)).toBe('password');
    expect(matcher.match(`password_${'x'.repeat(1_000_000)}`)).toBe('password');
  });

  it('adds own names to the defaults', () => {
    const own = new KeyMatcher({ keys: ['staff-badge'], shortKeys: ['nin'], allowKeys: ['Session_Name'] });
    expect(own.match('currentStaffBadgeNo')).toBe('staffbadge');
    expect(own.match('user.nin')).toBe('nin');
    expect(own.match('beginning')).toBeUndefined();
    expect(own.match('sessionName')).toBeUndefined();
    expect(own.match('sessionNames')).toBe('session');
    expect(own.match('password')).toBe('password');
  });

  it('drops the defaults only if told so', () => {
    const own = new KeyMatcher({ keys: ['badge'], replaceDefaults: true });
    expect(own.match('password')).toBeUndefined();
    expect(own.match('badge')).toBe('badge');
    expect(own.match('cvv')).toBeUndefined();
  });

  it('ignores an entry without letters instead of hiding everything', () => {
    expect(new KeyMatcher({ keys: ['--'], shortKeys: [''] }).match('amount')).toBeUndefined();
  });
});

describe('splitName', () => {
  it('splits at case borders and separators', () => {
    expect(splitName('XMLHttpRequest2Url')).toEqual({
      words: ['xml', 'http', 'request2', 'url'],
      squashed: 'xmlhttprequest2url',
    });
  });

  it('knows digits and plurals at the end of a word', () => {
    expect(wordForms('pins2')).toEqual(['pins2', 'pins', 'pin']);
  });
});
