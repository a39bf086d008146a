import { waysToMatch } from '../../../lib/redaction/patterns/pattern-cost.js';
import { Redactor } from '../../../lib/redaction/redactor.js';

const withPattern = (pattern: RegExp, name = 'badge') => new Redactor({ patterns: { custom: [{ name, pattern }] } });

describe('custom patterns', () => {
  it('hide what they match, in texts, keys and numbers', () => {
    const { value, hits } = withPattern(/\bB\d{6}\b|^\d{9}$/).sanitize(
      { a: 'is B123456.', B654321: 1, n: 123456789 },
      'metadata',
    );
    expect(value).toEqual({ a: 'is [REDACTED:badge].', '[REDACTED:badge]': 1, n: { $redacted: 'pattern:badge' } });
    expect(hits).toBe(3);
  });

  it('find every match whatever the flags, and keep no position', () => {
    for (const pattern of [/b\d/, /b\d/g, /b\d/y, /B\d/i, /b\d/u, new RegExp('b\\d', 'v')]) {
      const redactor = withPattern(pattern);
      pattern.lastIndex = 1;
      for (let round = 0; round < 2; round++)
        expect(redactor.text('b1 b2', 100)).toBe('[REDACTED:badge] [REDACTED:badge]');
    }
  });

  it('ignore empty matches', () => {
    expect(withPattern(/x?/).text('axb', 100)).toBe('a[REDACTED:badge]b');
  });

  it('take a mode like others', () => {
    const redactor = new Redactor({
      patterns: { custom: [{ name: 'badge', pattern: /B\d{7,9}/ }] },
      modes: { 'pattern:badge': 'partial' },
    });
    expect(redactor.text('B12345678', 100)).toBe('[REDACTED:badge:5678]');
  });

  it.each([
    ['unbounded repetition', /a+b/],
    ['an open range', /a{3,}/],
    ['a star in a group', /(?:ab*)c/],
    ['nested repetition', /(a{1,20}){1,20}/],
    ['ambiguous alternatives', /(?:a|aa){1,30}b/],
    ['a back-reference', /(a)\1/],
    ['a named back-reference', /(?<x>a)\k<x>/],
    ['repetition in a row', /\d{1,200}\d{1,200}x/],
    ['a lookahead with repetition', /(?=a*)b/],
  ])('with %s are refused', (_, pattern) => {
    expect(() => withPattern(pattern)).toThrow(/redaction\.patterns\.custom\.badge .*ways/);
  });

  it('with a bad name or no expression are refused', () => {
    expect(() => withPattern(/a/, 'Bad]Name')).toThrow(/lower-case/);
    expect(() => withPattern('a' as unknown as RegExp)).toThrow(/no regular expression/);
  });
});

describe('waysToMatch', () => {
  it.each<[RegExp, number]>([
    [/abc/, 1],
    [/a?b/, 2],
    [/a{2,5}/, 4],
    [/a{3}/, 1],
    [/a|b|c/, 3],
    [/(?:a|b)c{1,3}/, 6],
    [/(?<name>ab?)/, 2],
    [/(?<!a)b(?=c)/, 1],
    [/[*+{}()|]\+\*/, 1],
    [/[^\]]{1,4}?/, 4],
    [/[[]a{1,2}]/, 2],
    [new RegExp('[[a]--[b+]]c{1,2}', 'v'), 2],
    [/\p{L}\u{61}/u, 1],
    [/x{a}/, 1],
    [/\b\d{4}(?:[ -]?\d{4}){3}\b/, 8],
    [/a+/, Infinity],
    [/(a|b*)/, Infinity],
  ])('of %s is %s', (pattern, ways) => {
    expect(waysToMatch(pattern)).toBe(ways);
  });
});
