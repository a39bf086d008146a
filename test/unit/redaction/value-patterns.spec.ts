import { Redactor } from '../../../lib/redaction/redactor.js';

const redactor = new Redactor();
const optional = new Redactor({ patterns: { enable: ['email', 'iban', 'us-ssn'] } });
const text = (value: string, by = redactor) => by.text(value, 10_000);

const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nAAAA\n-----END RSA PRIVATE KEY-----';
const AWS = 'AKIA' + 'IOSFODNN7EXAMPLE';
const basic = (credentials: string) => Buffer.from(credentials).toString('base64');

/** Makes a number pass the Luhn check. */
function withCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

describe('card numbers', () => {
  it.each([
    ['4111111111111111', '[REDACTED:pan]'],
    ['pay 4111 1111 1111 1111 now', 'pay [REDACTED:pan] now'],
    ['5555-5555-5555-4444', '[REDACTED:pan]'],
    ['amex 378282246310005.', 'amex [REDACTED:pan].'],
    ['2223003122003222', '[REDACTED:pan]'],
    ['4222222222222', '[REDACTED:pan]'],
    ['6304000000000000000', '[REDACTED:pan]'],
    [withCheckDigit('222100000000000'), '[REDACTED:pan]'],
    [withCheckDigit('272099999999999'), '[REDACTED:pan]'],
    ['card4111111111111111x', 'card[REDACTED:pan]x'],
    ['2026 4111 1111 1111 1111', '2026 [REDACTED:pan]'],
    ['4111111111111111,5555555555554444', '[REDACTED:pan],[REDACTED:pan]'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['a digit beside it', '94111111111111111112'],
    ['two separators', '4111  1111  1111  1111'],
    ['an implausible issuer', '1111111111111117'],
    ['a number below the range of 2', withCheckDigit('222099000000000')],
    ['a number above the range of 2', withCheckDigit('272100000000000')],
    ['milliseconds since 1970', '1732222222220'],
    ['microseconds since 1970', '1732222222222225'],
    ['nanoseconds since 1970', '1732222222222222227'],
    ['a UUID of digits', '41111111-1111-4111-8111-111111111111'],
    ['a UUID in a text', 'see 41111111-1111-1111-8111-111111111111 there'],
    ['a digest with a run of digits', `a4111111111111111b${'c'.repeat(46)}`],
    ['a fraction', '51.4111111111111111'],
    ['twenty digits', '41111111111111111111'],
    ['twelve digits', '400000000000'],
  ])('keeps %s', (_, given) => {
    expect(text(given)).toBe(given);
  });

  it('hides numbers as well as texts', () => {
    const given = { a: 4111111111111111, b: 5105105105105100n, c: 1732222222222, d: 226042061838132.03 };
    const { value, hits } = redactor.sanitize(given, 'metadata');
    expect(value).toEqual({ ...given, a: { $redacted: 'pattern:pan' }, b: { $redacted: 'pattern:pan' } });
    expect(hits).toBe(2);
  });

  it('truncates identifiers instead, because they have to tell things apart', () => {
    expect(redactor.identifier('4111 1111 1111 1111')).toBe('411111[REDACTED:pan]1111');
    expect(new Redactor({ modes: { 'pattern:pan': 'remove' } }).identifier('id 4111111111111111')).toBe('id ');
  });
});

describe('JSON Web Tokens', () => {
  it.each([
    [JWT, '[REDACTED:jwt]'],
    [`token is ${JWT}, sorry`, 'token is [REDACTED:jwt], sorry'],
    [JWT.slice(0, JWT.lastIndexOf('.') + 1), '[REDACTED:jwt]'],
    [`${JWT}.AAAA.BBBB`, '[REDACTED:jwt]'],
    [`x${JWT}`, 'x[REDACTED:jwt]'],
    [`/reset/${JWT}/now`, '/reset/[REDACTED:jwt]/now'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each(['eyJ', 'eyJhbGciOiJIUzI1NiJ9', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0', 'eyJa.b.c', 'Jane. Doe. eyJ.'])(
    'keeps %s',
    (given) => {
      expect(text(given)).toBe(given);
    },
  );
});

describe('private keys', () => {
  it.each([
    [PEM, '[REDACTED:private-key]'],
    [`a\n${PEM}\nb`, 'a\n[REDACTED:private-key]\nb'],
    [PEM.slice(0, 60), '[REDACTED:private-key]'],
    [`x ${PEM.slice(40)} y`, '[REDACTED:private-key] y'],
    [PEM.replaceAll('\n', '\\n').replaceAll('RSA ', ''), '[REDACTED:private-key]'],
    [`${PEM}\n${PEM}`, '[REDACTED:private-key]\n[REDACTED:private-key]'],
    ['-----BEGIN PGP PRIVATE KEY BLOCK-----\nxx\n-----END PGP PRIVATE KEY BLOCK-----', '[REDACTED:private-key]'],
    ['-----BEGIN PRIVATE KEY', '[REDACTED:private-key]'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it('keeps certificates and public keys', () => {
    const given = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\nAA';
    expect(text(given)).toBe(given);
    expect(text(`${given}\n${PEM}`)).toBe(`${given}\n[REDACTED:private-key]`);
  });
});

describe('tokens of vendors', () => {
  it.each([
    AWS,
    'ASIA' + 'IOSFODNN7EXAMPLE',
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => `${prefix}16C7e42F292c6912E7710c838347Ae178B4a`),
    'github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz',
    'sk_live_' + '4eC39HqLyjWDarjtT1zdp7dc',
    'rk_live_' + '4eC39HqLyjWDarjtT1zdp7dc',
    'xoxb-' + '123456789012-abcdefABCDEF',
    'xoxp-' + '123456789012-abcdefABCDEF',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw==',
    'iml_live_abc123',
  ])('hides %s', (token) => {
    expect(text(token)).toBe('[REDACTED:vendor-token]');
    expect(text(`key (${token}) used`)).toBe('key ([REDACTED:vendor-token]) used');
  });

  it.each([
    'AKIA',
    'AKIAIOSFODNN7EXAMPL',
    `X${AWS}`,
    `${AWS}9`,
    'ghx_abcdefgh',
    'task_live_stream',
    'invoice_line',
    'xox-ray',
  ])('keeps %s', (given) => {
    expect(text(given)).toBe(given);
  });
});

describe('user and password in URLs', () => {
  it.each([
    ['postgres://app:s3cret@db.internal:5432/app', 'postgres://[REDACTED:userinfo]@db.internal:5432/app'],
    ['https://token@github.com/x.git', 'https://[REDACTED:userinfo]@github.com/x.git'],
    ['redis://:pw@cache/0 and amqp://u:p@mq', 'redis://[REDACTED:userinfo]@cache/0 and amqp://[REDACTED:userinfo]@mq'],
    ['mysql://u:p@ss@h/d', 'mysql://[REDACTED:userinfo]@h/d'],
    ['mysql://u:p/ss@h/d', 'mysql://[REDACTED:userinfo]@h/d'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each([
    'https://example.com/@user',
    'http://localhost:3000/@scope/pkg',
    'http://[::1]:8080/a@b',
    'mail me@example.com, see https://example.com',
    'a://b',
    '://@',
  ])('keeps %s', (given) => {
    expect(text(given)).toBe(given);
  });

  it('hides query values of hidden names', () => {
    expect(text('GET https://x.io/a?access_token=abc&page=2#id_token=def')).toBe(
      'GET https://x.io/a?access_token=[REDACTED:key:token]&page=2#id_token=[REDACTED:key:idtoken]',
    );
  });
});

describe('authorization schemes', () => {
  it.each([
    ['Bearer abc123', '[REDACTED:bearer]'],
    ['sent bearer  QWxhZGRpbg.x-y_z~+/== today', 'sent [REDACTED:bearer] today'],
    ['Bearer%20abc.def', '[REDACTED:bearer]'],
    ['Bearer planted-secret', '[REDACTED:bearer]'],
    [`Basic ${basic('user:pass')}`, '[REDACTED:basic]'],
    [`use basic ${basic('a:')}`, 'use [REDACTED:basic]'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each(['Basic plan', 'the bearer of this', 'the bearer.', 'Basic QWxhZGRpbg==', 'bearer'])('keeps %s', (given) => {
    expect(text(given)).toBe(given);
  });
});

describe('values beside a hidden name', () => {
  it.each([
    ['password=hunter2', 'password=[REDACTED:key:password]'],
    [
      'login failed for user=bob password=hunter2, retry',
      'login failed for user=bob password=[REDACTED:key:password] retry',
    ],
    ['{"user":"bob","password":"hun\\"ter2","a":1}', '{"user":"bob","password":[REDACTED:key:password],"a":1}'],
    ['{\\"password\\":\\"hunter2\\",\\"a\\":1}', '{\\"password\\":[REDACTED:key:password],\\"a\\":1}'],
    ["{password: 'hunter2', a: 1}", '{password: [REDACTED:key:password], a: 1}'],
    ['{"pin" : 1234}', '{"pin" : [REDACTED:key:pin]'],
    ['{"password":""}', '{"password":[REDACTED:key:password]}'],
    ['{"credentials":{"user":"x","p":"y"}}', '{"credentials":[REDACTED:key:credential]'],
    ['user[password]=a&b=c', 'user[password]=[REDACTED:key:password]&b=c'],
    ['%70assword=a&b=c', '%70assword=[REDACTED:key:password]&b=c'],
    [
      'Authorization: Digest username="x", response="y"\nAccept: */*',
      'Authorization: [REDACTED:key:authorization]\nAccept: */*',
    ],
    ['cookie: a=b; c=d', 'cookie: [REDACTED:key:cookie]'],
    ['{"password":"cut', '{"password":[REDACTED:key:password]'],
    ['login(password: """a "b" c""", x: 1)', 'login(password: [REDACTED:key:password], x: 1)'],
    ['password="""cut "off"', 'password=[REDACTED:key:password]'],
    [':pin => 1234', ':pin => [REDACTED:key:pin]'],
    ['/orders;jsessionid=ABC/x', '/orders;jsessionid=[REDACTED:key:session]'],
    ['ｐａｓｓｗｏｒｄ＝x password＝y password:z', 'ｐａｓｓｗｏｒｄ＝x password＝y password:[REDACTED:key:password]'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each([
    'note: call me = soon',
    'TokenExpiredError: jwt expired',
    'InvalidTokenException: nope',
    '12:30 and 2026-11-21T20:44:00Z',
    'total_tokens_used=12',
    'secretary: Ms Jones',
    'session://x',
    'password=',
    '= : = :',
  ])('keeps %s', (given) => {
    expect(text(given)).toBe(given);
  });

  it('leaves markers of an earlier pass alone, but not what hangs on to them', () => {
    const once = text('password=hunter2&token="abc" card 4111111111111111');
    expect(text(once)).toBe(once);
    expect(text('password=[REDACTED:x]hunter2')).toBe('password=[REDACTED:key:password]');
  });
});

describe('XML elements with a hidden name', () => {
  it.each([
    ['<password>a b</password><user>bob</user>', '<password>[REDACTED:key:password]</password><user>bob</user>'],
    ['<wsse:Password Type="x">a</wsse:Password>', '<wsse:Password Type="x">[REDACTED:key:password]</wsse:Password>'],
    ['<apiKey><![CDATA[a<b]]></apiKey>', '<apiKey>[REDACTED:key:apikey]</apiKey>'],
    [
      '<credentials><a>x</a><a>y</a></credentials><b>z</b>',
      '<credentials>[REDACTED:key:credential]</credentials><b>z</b>',
    ],
    ['<token>a</token>, <token>b</token>', '<token>[REDACTED:key:token]</token>, <token>[REDACTED:key:token]</token>'],
    ['<password>\na\n</password>', '<password>[REDACTED:key:password]</password>'],
    ['<password>cut', '<password>[REDACTED:key:password]'],
    ['<password>a<br>b', '<password>[REDACTED:key:password]<br>b'],
    ['<password>a</PASSWORD>', '<password>[REDACTED:key:password]</PASSWORD>'],
  ])('hides %s', (given, expected) => {
    expect(text(given)).toBe(expected);
    expect(text(expected)).toBe(expected);
  });

  it.each([
    '<user>bob</user>',
    '<password/>x',
    '<password></password>',
    'a < password > b',
    '<1password>x',
    '< password>x',
  ])('keeps %s', (given) => {
    expect(text(given)).toBe(given);
  });
});

describe('pieces of malformed JSON in parser messages', () => {
  const message = (body: string) => {
    try {
      JSON.parse(body);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('parses');
  };

  it.each(['hunter2', '{"password": hunter2}', `{"a": 1, "long": "${'x'.repeat(100)}", "pw": hunter2}`, '"hunter2'])(
    'hides them: %s',
    (body) => {
      expect(text(message(body))).not.toContain('hunter2');
      expect(text(`Failed: ${message(body)} (400)`)).not.toContain('hunter2');
    },
  );

  it('keeps the rest of the message', () => {
    expect(text(message('{"pw": hunter2}'))).toBe('Unexpected token [REDACTED:json-snippet] is not valid JSON');
    expect(text('that is not valid JSON')).toBe('that is not valid JSON');
  });
});

describe('encoded pieces', () => {
  it.each([
    ['/cards/4111%201111%201111%201111/x%20y', '/cards/[REDACTED:pan]/x%20y'],
    ['see https://x.io/?q=4111+1111+1111+1111&r=1', 'see https://x.io/?q=[REDACTED:pan]&r=1'],
    ['next=password%3Dhunter2', 'next=[REDACTED:key:password]'],
    ['f=%7B%22password%22%3A%22x%22%7D', 'f=[REDACTED:key:password]'],
    ['postgres%3A%2F%2Fu%3Ap%40h', '[REDACTED:userinfo]'],
  ])('hide secrets in %s', (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each(['100% sure', 'C++ + %20', 'a%20b/c+d', '%zz%', '1+1'])('keep %s', (given) => {
    expect(text(given)).toBe(given);
  });
});

describe('patterns that have to be asked for', () => {
  it.each([
    ['write to Jane.Doe+x@example.co.uk.', 'write to [REDACTED:email].'],
    ['a@b.io,c@d.io', '[REDACTED:email],[REDACTED:email]'],
    ['DE89 3704 0044 0532 0130 00 THANKS', '[REDACTED:iban] THANKS'],
    ['GB82WEST12345698765432', '[REDACTED:iban]'],
    ['ssn 123-45-6789', 'ssn [REDACTED:us-ssn]'],
  ])('hide %s', (given, expected) => {
    expect(text(given, optional)).toBe(expected);
    expect(text(given)).toBe(given);
  });

  it.each(['a@b', '@home', 'DE90370400440532013000', '000-12-3456', '123-45-67890', '900-12-3456', 'x@'])(
    'keep %s',
    (given) => {
      expect(text(given, optional)).toBe(given);
    },
  );
});

describe('switching patterns', () => {
  it('switches one off by name', () => {
    const own = new Redactor({ patterns: { disable: ['pan'] } });
    expect(text('4111111111111111', own)).toBe('4111111111111111');
    expect(own.sanitize(4111111111111111, 'metadata').value).toBe(4111111111111111);
    expect(text(JWT, own)).toBe('[REDACTED:jwt]');
  });

  it('says so in the whole value if there is nothing else', () => {
    expect(redactor.sanitize({ note: JWT, other: `is ${JWT}` }, 'metadata')).toEqual({
      value: { note: { $redacted: 'pattern:jwt' }, other: 'is [REDACTED:jwt]' },
      hits: 2,
      flags: [],
    });
  });

  it('counts a secret that two patterns see once', () => {
    expect(redactor.sanitize(`Authorization: Bearer ${JWT}`, 'metadata')).toEqual({
      value: 'Authorization: [REDACTED:bearer]',
      hits: 1,
      flags: [],
    });
  });
});
