import { createHash } from 'node:crypto';
import { SafeJson } from '../../event/safe-json.js';
import type { ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import { reportFailure } from '../capture-failure.js';
import type { CaptureFailureHandler } from '../capture-failure.js';

const UNREADABLE = new SafeJson('{"$error":"unreadable"}', ['degraded']);

/** Redacted copies of bodies, taken at the moment they are seen: what the application does to them later is not in it. */
export class BodySnapshot {
  constructor(
    private readonly sanitizer: ValueSanitizer,
    private readonly maxBytes: number,
    private readonly onFailure: CaptureFailureHandler,
  ) {}

  /** @param root `request.body` or `response.body` */
  take(body: unknown, root: string): SafeJson {
    try {
      const { json: text, flags } = this.sanitizer.sanitizeToJson(body, root);
      // A UTF-16 unit is at most three UTF-8 bytes: most bodies are known to fit without counting.
      if (text.length * 3 <= this.maxBytes || Buffer.byteLength(text) <= this.maxBytes)
        return new SafeJson(text, flags);
      return new SafeJson(digestOf(text), [...flags, 'truncated']);
    } catch (error) {
      reportFailure(this.onFailure, error, root);
      return UNREADABLE;
    }
  }
}

/** The digest is of text that has been redacted already, so it gives no secret away. */
function digestOf(text: string): string {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return `{"bytes":${Buffer.byteLength(text)},"sha256":"${sha256}","truncated":true}`;
}
