import type { SealableEvent } from '../../event/sealable-event.js';

export function encodeLine(event: SealableEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** Reads whole lines; what is cut off or damaged is counted, not guessed at. */
export function decodeLines(text: string): { events: SealableEvent[]; torn: number } {
  const events: SealableEvent[] = [];
  let torn = 0;
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const event = end < 0 ? null : parseEvent(text.slice(start, end));
    if (event) events.push(event);
    else torn++;
    if (end < 0) break;
    start = end + 1;
  }
  return { events, torn };
}

export function parseEvent(json: string): SealableEvent | null {
  try {
    const event = JSON.parse(json) as SealableEvent;
    const sound =
      typeof event.id === 'string' &&
      typeof event.stream === 'string' &&
      Array.isArray(event.parts) &&
      event.parts.length === 4 &&
      event.parts.every((part) => typeof part === 'string') &&
      Array.isArray(event.sections) &&
      typeof event.columns?.occurredAt === 'string';
    return sound ? event : null;
  } catch {
    return null;
  }
}
