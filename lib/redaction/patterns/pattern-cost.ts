/**
 * Upper bound of the ways in which a regular expression can match at one place, which is what backtracking may have to
 * try. `Infinity` for unbounded repetition and back-references. Reads the source only as far as this question needs.
 */
export function waysToMatch({ source, flags }: RegExp): number {
  return new CostReader(source, flags.includes('v')).read();
}

const QUANTIFIER = /(?:([*+?])|\{(\d+)(,(\d*))?\})\??/y;

class CostReader {
  private position = 0;

  /** @param nestedClasses a class may hold classes: the `v` flag; without it `[` in a class is a character */
  constructor(
    private readonly source: string,
    private readonly nestedClasses: boolean,
  ) {}

  read(): number {
    return this.alternatives();
  }

  /** Alternatives add up; what stands in a row multiplies. */
  private alternatives(): number {
    let sum = 0;
    let row = 1;
    for (; this.position < this.source.length && this.source[this.position] !== ')';) {
      if (this.source[this.position] === '|') {
        this.position++;
        sum += row;
        row = 1;
      } else {
        row *= this.repeated(this.atom());
      }
    }
    return sum + row;
  }

  private atom(): number {
    const character = this.source[this.position++];
    if (character === '(') return this.group();
    if (character === '[') this.skipClass();
    if (character === '\\') {
      const escaped = this.source[this.position++];
      if (escaped === 'k' || (escaped >= '1' && escaped <= '9')) return Infinity;
      if ((escaped === 'p' || escaped === 'P' || escaped === 'u') && this.source[this.position] === '{') {
        this.position = this.source.indexOf('}', this.position) + 1;
      }
    }
    return 1;
  }

  private group(): number {
    const prefix = /\?(?:[:=!]|<[=!]|<[^>]*>)/y;
    prefix.lastIndex = this.position;
    if (prefix.test(this.source)) this.position = prefix.lastIndex;
    const ways = this.alternatives();
    this.position++;
    return ways;
  }

  private repeated(ways: number): number {
    QUANTIFIER.lastIndex = this.position;
    const match = QUANTIFIER.exec(this.source);
    if (match === null) return ways;
    this.position = QUANTIFIER.lastIndex;
    const [, sign, least, range, most] = match;
    if (sign === '*' || sign === '+' || (range !== undefined && most === '')) return Infinity;
    const from = sign === '?' ? 0 : Number(least);
    const to = sign === '?' ? 1 : range === undefined ? from : Number(most);
    return Math.max(1, to - from + 1) * ways ** to;
  }

  private skipClass(): void {
    for (let depth = 1; depth > 0 && this.position < this.source.length; this.position++) {
      const character = this.source[this.position];
      if (character === '\\') this.position++;
      else if (character === '[' && this.nestedClasses) depth++;
      else if (character === ']') depth--;
    }
  }
}
