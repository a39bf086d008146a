import type { Claims } from './jwt-verification.interface.js';

const BLANK = /\s/;

/** A claim by its name, also when the name has dots (`https://example.com/roles`), else by dotted path (`realm.user`). */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  if (!name.includes('.')) return undefined;
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list of words: as a list, or as one text with blanks between (as OAuth's `scope`). */
export function wordsOf(value: unknown): string[] | undefined {
  if (typeof value === 'string' && !BLANK.test(value)) return value === '' ? undefined : [value];
  const list = typeof value === 'string' ? value.split(/\s+/) : Array.isArray(value) ? value : undefined;
  const words = list?.filter((word): word is string => typeof word === 'string' && word !== '');
  return words === undefined || words.length === 0 ? undefined : words;
}
