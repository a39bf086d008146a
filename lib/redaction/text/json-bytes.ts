import { Trait } from './text-traits.js';

/** UTF-8 bytes of a well-formed text as a JSON string, quotes included. */
export function jsonBytes(text: string, traits: number): number {
  return (traits & Trait.Escaped) === 0 ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}
