import type { EventReason, Outcome, ResourceRef, Severity } from '../../event/audit-event.interface.js';

/**
 * What the application adds to a request's own event.
 *
 * @publicApi
 */
export interface Annotation {
  readonly action?: string;
  readonly resource?: ResourceRef;
  /** The application's own verdict, e.g. `denied` for a refusal that is answered with 200. */
  readonly outcome?: Outcome;
  readonly reason?: EventReason | string;
  readonly severity?: Severity;
  /** Merged with what earlier calls gave; on equal names the later call counts. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A later annotation weighs more than an earlier one; metadata is merged. */
export function mergeAnnotations(earlier: Annotation | undefined, later: Annotation): Annotation {
  if (earlier === undefined) return later;
  return {
    ...earlier,
    ...later,
    ...(earlier.metadata && later.metadata ? { metadata: { ...earlier.metadata, ...later.metadata } } : {}),
  };
}
