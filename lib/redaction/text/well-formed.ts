/** `String.prototype.isWellFormed` came with ES2024; Node 20 has it, the language level of this library does not. */
interface WellFormedString {
  isWellFormed?(): boolean;
  toWellFormed?(): string;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const REPLACEMENT = '\ufffd';

/** Whether a string has a UTF-8 form: no half of a surrogate pair stands alone. */
export function isWellFormed(text: string): boolean {
  const own = (text as WellFormedString).isWellFormed;
  return own === undefined ? !LONE_SURROGATE.test(text) : own.call(text);
}

/** Replaces lone surrogates by U+FFFD. */
export function toWellFormed(text: string): string {
  const own = (text as WellFormedString).toWellFormed;
  return own === undefined ? text.replace(LONE_SURROGATES, REPLACEMENT) : own.call(text);
}

/**
 * Makes a text storable: lone surrogates and NUL become U+FFFD, because PostgreSQL refuses both and the row would be
 * lost. Returns the same string if there was nothing to do.
 */
export function storableText(text: string): string {
  const formed = isWellFormed(text) ? text : toWellFormed(text);
  return formed.includes('\0') ? formed.replaceAll('\0', REPLACEMENT) : formed;
}

/** `text.slice(0, end)` that does not cut a surrogate pair in two. */
export function headOf(text: string, end: number): string {
  if (end >= text.length) return text;
  const last = text.charCodeAt(end - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end);
}

/** `text.slice(start)` that does not cut a surrogate pair in two. */
export function tailOf(text: string, start: number): string {
  if (start <= 0) return text;
  const first = text.charCodeAt(start);
  return text.slice(first >= 0xdc00 && first <= 0xdfff ? start + 1 : start);
}
