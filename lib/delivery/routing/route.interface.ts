import type { AuditRecord } from '../../event/audit-record.interface.js';

/**
 * Which events a sink gets. Each list is a choice (one of its patterns must fit; `*` stands for any characters), the
 * lists are joined by AND, and a list that is absent excludes nothing. An event that lacks the field does not fit.
 */
export interface RouteFilter {
  /** Patterns of actions, e.g. `invoice.*`. */
  readonly action?: readonly string[];
  readonly outcome?: readonly string[];
  readonly severity?: readonly string[];
  /** Patterns of tenant ids. */
  readonly tenant?: readonly string[];
  /** Patterns of resource types. */
  readonly resource?: readonly string[];
  readonly actorType?: readonly string[];
}

/** Decides by itself. If it throws or returns anything but a boolean, the event is kept back and an alarm is raised. */
export type RouteFunction = (record: AuditRecord) => boolean;

export type RouteDecision =
  | { readonly kind: 'deliver' | 'skip' }
  /** The routing function failed: the event waits for this sink, it is neither sent nor forgotten. */
  | { readonly kind: 'park'; readonly error: string };

/** Decides about one event for one sink. Never throws. */
export type Route = (record: AuditRecord) => RouteDecision;
