/** Where the value of a member stands in the text that was scanned: `text.slice(start, end)` is its exact JSON. */
export interface MemberSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);

/**
 * Finds the members of a JSON object without parsing their values, so that the very bytes of a value can be cut out:
 * parsing and writing again would reorder integer-like names, and what is committed to are bytes.
 *
 * @param text one JSON object without white space between its tokens, as every writer of this project makes it
 * @throws SyntaxError if it is not an object, or it ends early
 */
export function jsonMembers(text: string): MemberSpan[] {
  if (text[0] !== '{' || text[text.length - 1] !== '}') throw malformed(0);
  const members: MemberSpan[] = [];
  let position = 1;
  while (position < text.length - 1) {
    const nameEnd = endOfString(text, position);
    if (text[nameEnd] !== ':') throw malformed(nameEnd);
    const start = nameEnd + 1;
    const end = endOfValue(text, start);
    members.push({ name: JSON.parse(text.slice(position, nameEnd)) as string, start, end });
    if (text[end] !== ',' && end !== text.length - 1) throw malformed(end);
    position = end + 1;
  }
  return members;
}

/** Position behind the string that begins here. */
function endOfString(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) throw malformed(start);
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  throw malformed(text.length);
}

/** Position behind the value that begins here. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (depth === 0) return i;
      continue;
    }
    if (OPEN.has(code)) depth++;
    else if (CLOSE.has(code)) {
      if (depth === 0) break;
      if (--depth === 0) return i + 1;
    } else if (code === 0x2c && depth === 0) break;
    i++;
  }
  if (depth > 0 || i === start || i === text.length) throw malformed(i);
  return i;
}

function malformed(position: number): SyntaxError {
  return new SyntaxError(`The text is not one compact JSON object: unexpected token at position ${position}.`);
}
