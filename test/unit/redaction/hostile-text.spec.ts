import { Redactor } from '../../../lib/redaction/redactor.js';
import { selectPatterns } from '../../../lib/redaction/patterns/pattern-registry.js';
import { makeRule } from '../../../lib/redaction/redaction-rule.js';
import type { SecretSpan } from '../../../lib/redaction/patterns/value-pattern.interface.js';

const SIZE = 300_000;
const filled = (unit: string) => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE);

/** Texts on which a pattern of quadratic time would run for minutes. */
const HOSTILE = [
  'a',
  ' ',
  '4',
  '4 ',
  '4-',
  '4111 ',
  '41111111-1111-1111-8111-111111111111 ',
  '4111111111111111 ',
  'eyJ',
  'eyJ.',
  'eyJaaaaaaaaa.',
  'eyJaaaaaaaaa.eyJ',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----',
  '-',
  '://',
  'a://',
  'a://b:c/',
  's://u:p/@',
  '@',
  'a@',
  'a@a.',
  'a.',
  '<',
  '<a',
  '<password>',
  '<password a',
  '<password></a></password',
  '</password>',
  'password="""',
  'bearer ',
  'bearer+',
  'basic ',
  'basic AAAA',
  'ghp_',
  'github_pat_',
  'whsec_',
  'xoxb-',
  'AKIA',
  'pin=',
  'pin="',
  'pin=\\"',
  "pin='\\",
  'a=',
  'aaa:',
  '=',
  ':',
  '"',
  '\\',
  'password',
  'password=[REDACTED:',
  '[REDACTED:x]',
  'cookie:',
  'Unexpected token ',
  ' is not valid JSON',
  '" is not valid JSON',
  'DE89',
  'DE89 3704 ',
  '123-45-',
  '\ud83d',
  '😀',
  '\0',
  '%70',
  '%',
  '+',
  'a%41',
  '4%20',
  'a%41/',
  '\u200b',
];

const patterns = selectPatterns(
  { enable: ['email', 'iban', 'us-ssn'] },
  {
    forPattern: (name) => makeRule(`pattern:${name}`, 'mask'),
    forName: (name) => (name === 'pin' || name === 'cookie' ? makeRule(`key:${name}`, 'mask') : undefined),
  },
);

describe.each(HOSTILE)('a long text of %j', (unit) => {
  const text = filled(unit);

  it('is searched by every pattern, from either end', () => {
    for (const variant of [`${text}!`, `x ${text}`]) {
      for (const pattern of patterns) {
        const spans: SecretSpan[] = [];
        pattern.find(variant, spans);
        spans.sort((a, b) => a.start - b.start);
        const wrong = spans.find(
          ({ start, end }, index) => start >= end || end > variant.length || start < (spans[index - 1]?.end ?? 0),
        );
        expect({ pattern: pattern.name, wrong }).toEqual({ pattern: pattern.name, wrong: undefined });
      }
    }
  });

  it('is cut as a value, a key, a text and an identifier', () => {
    const redactor = new Redactor({ patterns: { enable: ['email', 'iban', 'us-ssn'] } });
    const { flags } = redactor.sanitize({ [text]: text, list: [text, text] }, 'metadata');
    expect(flags).toContain('truncated');
    expect(redactor.text(text, 512).length).toBeLessThanOrEqual(512);
    expect(redactor.identifier(text).length).toBeLessThanOrEqual(256);
  });
});
