import { withoutHiddenParams } from '../../redaction/http/path-params.js';
import type { ValueSanitizer } from '../../event/value-sanitizer.interface.js';

/** Route parameters are named by the application's code, so there are few; this is for applications that make them up. */
const MAX_REMEMBERED = 1024;

/** Takes the values of route parameters that a rule hides (`/reset/:token`) out of paths. */
export class PathConcealer {
  private readonly hidden = new Map<string, boolean>();

  constructor(private readonly sanitizer: ValueSanitizer) {}

  conceal(path: string, params: Readonly<Record<string, unknown>> | undefined): string {
    if (params === undefined) return path;
    for (const name in params) if (this.hides(name)) return withoutHiddenParams(this.sanitizer, path, params);
    return path;
  }

  /** Whether a rule hides a parameter by its name; that holds for every value. */
  private hides(name: string): boolean {
    const known = this.hidden.get(name);
    if (known !== undefined) return known;
    const { hits } = this.sanitizer.sanitize({ [name]: 'x' }, 'request.params');
    if (this.hidden.size >= MAX_REMEMBERED) this.hidden.clear();
    this.hidden.set(name, hits > 0);
    return hits > 0;
  }
}
