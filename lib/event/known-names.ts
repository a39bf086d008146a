import { quoteString } from './canonical.js';

const REMEMBERED = 1024;
const REMEMBERED_LENGTH = 128;

/** A text that may stand in a record, and its canonical JSON. */
export interface SafeName {
  readonly text: string;
  readonly json: string;
}

/**
 * Names that come again with every event (actions, types, methods, routes, roles), made safe and quoted once. Bounded:
 * emptied when full, so that names which are made up can't fill it for good.
 */
export class KnownNames {
  private readonly known = new Map<unknown, SafeName>();

  /** @param clean must give the same for the same value */
  constructor(private readonly clean: (value: unknown) => string) {}

  of(value: unknown): SafeName {
    const known = this.known.get(value);
    if (known !== undefined) return known;
    const text = this.clean(value);
    const made = { text, json: quoteString(text) };
    if (typeof value === 'string' && value.length <= REMEMBERED_LENGTH) {
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(value, made);
    }
    return made;
  }
}
