import type { EventFlag } from './audit-event.interface.js';
import { canonicalize } from './canonical.js';
import type { SealableEvent } from './sealable-event.js';

/** The same event with one more flag in its record. */
export function withFlag(event: SealableEvent, flag: EventFlag): SealableEvent {
  const [first, second, third, last] = event.parts;
  // `second` runs from behind `alg` up to the value of `previousHash`: with a value it is the inside of an object.
  const members = JSON.parse(`{${second.slice(1)}null}`) as { flags?: EventFlag[] };
  const flags = [...new Set([...(members.flags ?? []), flag])].sort();
  const text = canonicalize({ ...members, flags });
  return { ...event, parts: [first, `,${text.slice(1, -'null}'.length)}`, third, last] };
}
