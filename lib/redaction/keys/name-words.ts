import { percentDecode } from '../text/percent-decode.js';

/** A name as the key rules see it. */
export interface NameWords {
  /** Lower-case words, split at camelCase borders and at everything that is neither letter nor digit. */
  readonly words: readonly string[];
  /** The words joined. */
  readonly squashed: string;
}

/** Longer names are judged by their two ends, so that a name of megabytes costs no more than this. */
const JUDGED_LENGTH = 4096;
const MAX_DECODINGS = 3;

const NOT_ASCII = /[^\u0020-\u007e]/;
/** Zero-width characters, soft hyphens, bidi controls and whatever else is not seen; accents, once decomposed. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}]/gu;
const LOWER_TO_UPPER = /([\p{Ll}\p{N}])(\p{Lu})/gu;
const ACRONYM_TO_WORD = /(\p{Lu})(\p{Lu}\p{Ll})/gu;
const SEPARATORS = /[^\p{L}\p{N}]+/u;

/**
 * Takes a name apart: `X-API-Key` → `x api key`, `PINCode` → `pin code`, full-width and zero-width tricks undone,
 * percent-encoding too.
 */
export function splitName(name: string): NameWords {
  let plain = percentDecoded(
    name.length > JUDGED_LENGTH ? `${name.slice(0, JUDGED_LENGTH / 2)} ${name.slice(-JUDGED_LENGTH / 2)}` : name,
  );
  if (NOT_ASCII.test(plain)) plain = plain.normalize('NFKD').replace(INVISIBLE, '').normalize('NFKC');
  const words = plain
    .replace(LOWER_TO_UPPER, '$1 $2')
    .replace(ACRONYM_TO_WORD, '$1 $2')
    .toLowerCase()
    .split(SEPARATORS)
    .filter((word) => word !== '');
  return { words, squashed: words.join('') };
}

/** The word itself, then without trailing digits, without a plural s, without both. */
export function wordForms(word: string): readonly string[] {
  const forms = [word];
  const bare = word.replace(/(?<!\p{N})\p{N}{1,20}$/u, '');
  if (bare !== word) forms.push(bare);
  for (const form of forms.slice()) if (form.endsWith('s')) forms.push(form.slice(0, -1));
  return forms;
}

/** Names arrive encoded once or twice; whoever encodes more often is not a browser. */
function percentDecoded(name: string): string {
  let decoded = name;
  for (let round = 0; round < MAX_DECODINGS && decoded.includes('%'); round++) decoded = percentDecode(decoded);
  return decoded;
}
