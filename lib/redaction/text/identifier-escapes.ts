/** Control and format characters (zero-width, bidi, tags) and the line separators of Unicode. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Makes characters visible that would forge a log line, turn the reading direction around or make two identifiers look
 * alike: a zero-width space becomes `\u200b`.
 */
export function withVisibleEscapes(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) as number;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
