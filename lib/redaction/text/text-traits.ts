/**
 * One cheap pass over a text tells which of the costlier questions need asking at all. Most strings of a request have
 * no trait that a value pattern starts from, and are done after it.
 */
export const Trait = {
  /** NUL or a surrogate: may have to be repaired. */
  Repair: 1 << 0,
  /** Longer in JSON than in characters: quotes, backslashes, control characters, anything beyond ASCII. */
  Escaped: 1 << 1,
  /** Anything but printable ASCII: may need a visible escape in an identifier. */
  Unprintable: 1 << 2,
  At: 1 << 3,
  Slash: 1 << 4,
  Colon: 1 << 5,
  Equals: 1 << 6,
  Underscore: 1 << 7,
  Dot: 1 << 8,
  Dash: 1 << 9,
  UpperA: 1 << 10,
  UpperI: 1 << 11,
  UpperJ: 1 << 12,
  LowerX: 1 << 13,
  LetterA: 1 << 14,
  LetterB: 1 << 15,
  LetterC: 1 << 16,
  LetterE: 1 << 17,
  LetterI: 1 << 18,
  LetterR: 1 << 19,
  LetterS: 1 << 20,
  Digit: 1 << 21,
  /** A run of digits, spaces and hyphens with enough digits for a card number. */
  ManyDigits: 1 << 22,
  /** Something that separates words, encoded or not. */
  Gap: 1 << 23,
  /** Percent-encoding, or the plus of form data. */
  Encoded: 1 << 24,
  /** Where an XML element begins. */
  Less: 1 << 25,
} as const;

const DIGIT_SHIFT = 21;
const CARD_DIGITS = 13;
/** Sign bit: the character ends a run of digits. */
const ENDS_RUN = 1 << 31;

const TRAITS_OF: Int32Array = buildTable();

/** The union of what {@link Trait} knows about each character. Without a branch per character, which is twice as fast. */
export function traitsOf(text: string): number {
  let traits = 0;
  let digits = 0;
  let shortfall = 0;
  for (let index = 0; index < text.length; index++) {
    const own = TRAITS_OF[text.charCodeAt(index)];
    traits |= own;
    digits = (digits & ~(own >> 31)) + ((own >> DIGIT_SHIFT) & 1);
    shortfall |= CARD_DIGITS - 1 - digits;
  }
  return (shortfall < 0 ? traits | Trait.ManyDigits : traits) & ~ENDS_RUN;
}

function buildTable(): Int32Array {
  const table = new Int32Array(0x10000).fill(ENDS_RUN);
  for (let code = 0; code < table.length; code++) {
    if (code < 0x20 || code > 0x7e) table[code] |= Trait.Escaped | Trait.Unprintable;
  }
  const add = (characters: string, trait: number) => {
    for (const character of characters) table[character.charCodeAt(0)] |= trait;
  };
  table[0] |= Trait.Repair;
  for (let code = 0xd800; code <= 0xdfff; code++) table[code] |= Trait.Repair;
  add('"\\', Trait.Escaped);
  add('@', Trait.At);
  add('/', Trait.Slash);
  add(':', Trait.Colon);
  add('=', Trait.Equals);
  add('_', Trait.Underscore);
  add('.', Trait.Dot);
  add('-', Trait.Dash);
  add(' \t+%', Trait.Gap);
  add('%+', Trait.Encoded);
  add('<', Trait.Less);
  add('A', Trait.UpperA);
  add('I', Trait.UpperI);
  add('J', Trait.UpperJ);
  add('x', Trait.LowerX);
  add('aA', Trait.LetterA);
  add('bB', Trait.LetterB);
  add('cC', Trait.LetterC);
  add('eE', Trait.LetterE);
  add('iI', Trait.LetterI);
  add('rR', Trait.LetterR);
  add('sS', Trait.LetterS);
  add('0123456789', Trait.Digit);
  for (const character of '0123456789 -') table[character.charCodeAt(0)] &= ~ENDS_RUN;
  return table;
}
