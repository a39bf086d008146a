import { SafeJson } from '../../event/safe-json.js';
import { quoteString } from '../../event/canonical.js';
import type { ValueSanitizer } from '../../event/value-sanitizer.interface.js';

const MAX_LENGTH = 512;
const MAX_REMEMBERED = 512;

/** User agents, made safe once: a service sees few of them, again and again. */
export class UserAgents {
  private readonly known = new Map<string, SafeJson>();

  constructor(private readonly sanitizer: ValueSanitizer) {}

  safe(userAgent: string): SafeJson {
    const known = this.known.get(userAgent);
    if (known !== undefined) return known;
    const safe = new SafeJson(quoteString(this.sanitizer.identifier(userAgent, MAX_LENGTH)));
    if (this.known.size >= MAX_REMEMBERED) this.known.clear();
    // What is longer than anybody sends is not worth the memory.
    if (userAgent.length <= 2 * MAX_LENGTH) this.known.set(userAgent, safe);
    return safe;
  }
}
