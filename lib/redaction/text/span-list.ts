import type { SecretSpan } from '../patterns/value-pattern.interface.js';

/** Puts spans in order and lets those that touch the same characters become one, under the rule of the first. */
export function mergeSpans(spans: SecretSpan[]): SecretSpan[] {
  if (spans.length < 2) return spans;
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: SecretSpan[] = [spans[0]];
  for (let index = 1; index < spans.length; index++) {
    const last = merged[merged.length - 1];
    const span = spans[index];
    if (span.start >= last.end) merged.push(span);
    else if (span.end > last.end) merged[merged.length - 1] = { ...last, end: span.end };
  }
  return merged;
}
