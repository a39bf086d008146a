import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const MARK = '://';
const AUTHORITY_END = /[/?#\s"'<>\\]/;
const WORD_END = /[\s"'<>]/;

/** The `user:password` of `scheme://user:password@host`; scheme and host stay. */
export class UrlUserinfoPattern implements ValuePattern {
  readonly name = 'userinfo';
  readonly triggers = [Trait.At | Trait.Colon | Trait.Slash];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    for (let mark = text.indexOf(MARK); mark !== -1;) {
      const start = mark + MARK.length;
      mark = text.indexOf(MARK, start);
      // Each part is looked at on its own, so the work is that of one pass however many addresses there are.
      const length = userinfoLength(text.slice(start, mark === -1 ? text.length : mark));
      if (length > 0) spans.push({ start, end: start + length, rule: this.rule });
    }
  }
}

/** How much of what follows `scheme://` stands before the `@`; 0 without one. */
function userinfoLength(rest: string): number {
  const authority = upTo(AUTHORITY_END, rest);
  const at = authority.lastIndexOf('@');
  if (at !== -1 || !hasNoPort(authority)) return Math.max(0, at);
  // Not a port, so it is a password with a slash in it that nobody encoded.
  return Math.max(0, upTo(WORD_END, rest).lastIndexOf('@'));
}

/** `user:pa` rather than `host`, `host:8080` or `[::1]:8080`. */
function hasNoPort(authority: string): boolean {
  return authority.includes(':') && !authority.startsWith('[') && !/:\d{0,5}$/.test(authority);
}

function upTo(end: RegExp, text: string): string {
  const index = text.search(end);
  return index === -1 ? text : text.slice(0, index);
}
