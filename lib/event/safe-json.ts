/**
 * Canonical JSON text (RFC 8785) of a value that has already been redacted and sanitised. The event builder
 * embeds it as it stands, so that a body captured early in a request is walked once, not twice.
 */
export class SafeJson {
  constructor(
    /** JCS text, well-formed Unicode. */
    readonly text: string,
    readonly flags: readonly ('sanitized' | 'truncated' | 'degraded')[] = [],
  ) {}
}
