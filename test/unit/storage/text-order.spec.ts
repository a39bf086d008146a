import fc from 'fast-check';
import { endOfPrefix, isStorable } from '../../../lib/storage/typeorm/ledger/text-order.js';

const codePoints = (text: string) => Array.from(text, (character) => character.codePointAt(0) as number);

function isBefore(left: string, right: string): boolean {
  const a = codePoints(left);
  const b = codePoints(right);
  const at = a.findIndex((point, n) => point !== b[n]);
  return at === -1 ? a.length < b.length : b[at] !== undefined && a[at] < b[at];
}

describe('endOfPrefix', () => {
  it('is greater than every text with the prefix, and no other text lies between', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
        fc.string({ unit: 'binary' }),
        (prefix, text) => {
          const end = endOfPrefix(prefix);
          if (end === null) return codePoints(prefix).every((point) => point === 0x10ffff);
          const inRange = (value: string) => !isBefore(value, prefix) && isBefore(value, end);
          return (
            isStorable(end.replaceAll('\0', '')) && inRange(prefix + text) && inRange(text) === text.startsWith(prefix)
          );
        },
      ),
    );
  });

  it('steps over the surrogates and beyond the last code point', () => {
    expect(endOfPrefix('a\ud7ff')).toBe('a\ue000');
    expect(endOfPrefix('a\u{10ffff}')).toBe('b');
    expect(endOfPrefix('\u{10ffff}\u{10ffff}')).toBeNull();
  });
});

it('isStorable: what no database has in a text', () => {
  expect(['a', '', '🙂', '\ud83d', '\ude42', 'a\0'].map(isStorable)).toEqual([true, true, true, false, false, false]);
});
