const HIGHEST_CODE_POINT = 0x10ffff;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/**
 * The smallest text that is greater than every text with the prefix, code point by code point as the columns compare;
 * null when there is none. A range instead of LIKE: it uses the index and knows no wildcards.
 */
export function endOfPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  while (points.length > 0) {
    const last = (points.pop() as number) + 1;
    if (last > HIGHEST_CODE_POINT) continue;
    const next = last >= FIRST_SURROGATE && last <= LAST_SURROGATE ? LAST_SURROGATE + 1 : last;
    return String.fromCodePoint(...points, next);
  }
  return null;
}

/** Text with a lone surrogate or NUL is in no row, and PostgreSQL refuses even to look for it. */
export function isStorable(text: string): boolean {
  return !/\p{Surrogate}|\0/u.test(text);
}
