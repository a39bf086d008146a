import type { Actor, EventContext, EventReason, TenantRef } from '../event/audit-event.interface.js';

/**
 * Who is behind a write, and why: found at the moment of the write, on the write's own asynchronous path. One object for
 * one request or job; its members may be getters, because an actor may become known only while the request is under way.
 */
export interface ChangeContext {
  readonly actor?: Actor;
  readonly tenant?: TenantRef;
  readonly context?: EventContext;
  readonly reason?: EventReason | string;
  /** Added to the metadata of every change. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Waits until actor and tenant are known. It must come to an end by itself. */
  settle?(): void | Promise<void>;
  /** Told after the commit how many of this context's changes were recorded, for the request's own event. */
  changed?(count: number): void;
}

/** @returns undefined when nobody is known: the change is the system's own */
export type ChangeContextReader = () => ChangeContext | undefined;
