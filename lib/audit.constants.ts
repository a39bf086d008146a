/*
 * Tokens and keys are registered symbols and namespaced strings, so that two loaded copies of the package (ESM and
 * CommonJS in one process) still meet.
 */

/** Metadata key of `@Audit()`. */
export const AUDIT_METADATA = 'nestjs-audit-trail:audit';

/** Metadata key of `@SkipAudit()`. */
export const SKIP_AUDIT_METADATA = 'nestjs-audit-trail:skip';

/** Where captured events go: an `EventRecorder`. */
export const AUDIT_EVENT_RECORDER = Symbol.for('nestjs-audit-trail:event-recorder');

/** The `ValueSanitizer` that redacts what is captured early. */
export const AUDIT_VALUE_SANITIZER = Symbol.for('nestjs-audit-trail:value-sanitizer');

/** The `CaptureOptions` in force. */
export const AUDIT_CAPTURE_OPTIONS = Symbol.for('nestjs-audit-trail:capture-options');

/** A `CaptureFailureHandler`, told of every failure of the capture itself. */
export const AUDIT_FAILURE_HANDLER = Symbol.for('nestjs-audit-trail:failure-handler');
