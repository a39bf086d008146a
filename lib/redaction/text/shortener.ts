import { createHash } from 'node:crypto';
import type { RedactedText, TextRedactor } from './text-redactor.js';
import { headOf } from './well-formed.js';

const SEARCHED_LENGTH = 8192;
const DIGEST_LENGTH = 32;
const MARK = '~';

/**
 * A short text without secrets, at most `most` characters. A longer one keeps its head and `~` and 32 hex digits of the
 * SHA-256 of the text without its secrets, so that two long names with one head stay two names.
 *
 * @param finish applied to the text once its secrets are out
 */
export function shortened(
  raw: string,
  most: number,
  texts: TextRedactor,
  finish: (text: string) => string = unchanged,
): RedactedText {
  const clean = raw.length <= SEARCHED_LENGTH ? texts.redact(raw) : bothEnds(raw, texts);
  const text = finish(clean.text);
  if (text.length <= most) return text === clean.text ? clean : { ...clean, text };
  const room = most - MARK.length - DIGEST_LENGTH;
  if (room <= 0) return { ...clean, text: headOf(text, most) };
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);
  return { ...clean, text: `${headOf(text, room)}${MARK}${digest}` };
}

function unchanged(text: string): string {
  return text;
}

function bothEnds(raw: string, texts: TextRedactor): RedactedText {
  const { head, tail, hits, repaired } = texts.cut(raw, SEARCHED_LENGTH / 2, SEARCHED_LENGTH / 2);
  return { text: `${head}(${raw.length})${tail}`, hits, repaired };
}
