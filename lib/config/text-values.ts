/** Readers of values written as text, as in an environment variable. Undefined means: not readable. */

const WHOLE_NUMBER = /^[+-]?\d{1,15}$/;
const TRUE_WORDS = new Set(['true', '1', 'yes']);
const FALSE_WORDS = new Set(['false', '0', 'no']);

/** Decimal digits with an optional sign; no fractions, exponents or units, whose meaning would be guessed. */
export function readWholeNumber(text: string): number | undefined {
  return WHOLE_NUMBER.test(text) ? Number(text) : undefined;
}

/** `true/false`, `1/0`, `yes/no`, in any case. */
export function readFlag(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : undefined;
}

/** `a, b, c`; or a JSON list of texts, for items that hold a comma. */
export function readList(text: string): string[] | undefined {
  if (text.startsWith('[')) {
    const list = readJson(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  }
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** `name=value, name=value`. */
export function readMap(text: string): Record<string, string> | undefined {
  const entries = readList(text)?.map((item) => /^([^=]+)=(.*)$/s.exec(item));
  if (entries === undefined || entries.includes(null)) return undefined;
  return Object.fromEntries(entries.map((entry) => [entry![1].trim(), entry![2].trim()]));
}

/** PEM on one line, as environment files force it: `\n` written out means a line's end. */
export function readPem(text: string): string {
  return text.replaceAll('\\n', '\n');
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
