import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

/** `<Password>`, `<wsse:Password Type="…">`; the name behind the prefix is what rules are for. */
const OPENING = /<((?:[A-Za-z_][\w.-]{0,63}:)?([A-Za-z_][\w.-]{0,127}))(?:\s[^<>]*)?>/g;
const CLOSING = /<\/([A-Za-z_][\w.:-]{0,191})/g;

/** Contents of XML elements with a hidden name, as they stand in SOAP messages and in errors that quote them. */
export class ElementPattern implements ValuePattern {
  readonly name = 'element';
  readonly triggers = [Trait.Less];

  /** @param ruleOf the key rule that hides values of a name */
  constructor(private readonly ruleOf: (name: string) => RedactionRule | undefined) {}

  find(text: string, spans: SecretSpan[]): void {
    let closings: Closings | undefined;
    let done = 0;
    for (const match of text.matchAll(OPENING)) {
      const [tag, fullName, name] = match;
      if (match.index < done || tag.endsWith('/>')) continue;
      const rule = this.ruleOf(name);
      if (rule === undefined) continue;
      const start = match.index + tag.length;
      const end = (closings ??= new Closings(text)).after(fullName, start) ?? endOfText(text, start);
      if (end > start) spans.push({ start, end, rule });
      done = end;
    }
  }
}

/** Where elements end, looked up in the order of the text, so that any number of look-ups takes one pass. */
class Closings {
  private readonly positions = new Map<string, number[]>();

  constructor(text: string) {
    for (const { 1: name, index } of text.matchAll(CLOSING)) {
      const known = this.positions.get(name);
      if (known === undefined) this.positions.set(name, [index]);
      else known.push(index);
    }
    for (const positions of this.positions.values()) positions.reverse();
  }

  after(name: string, position: number): number | undefined {
    const left = this.positions.get(name);
    while (left !== undefined && left.length > 0 && left[left.length - 1] < position) left.pop();
    return left?.[left.length - 1];
  }
}

/** Of an element that does not end, because the text was cut or is no XML, the text up to the next tag. */
function endOfText(text: string, start: number): number {
  const next = text.indexOf('<', start);
  return next < 0 ? text.length : next;
}
