import type { DeliveryItem } from './delivery-item.js';
import type { DeliveryResult } from './delivery-result.js';
import type { SinkDispatchOptions } from './sink-dispatch-options.interface.js';

/** What a sink is told of the batch beside its events. */
export interface DeliveryContext {
  /** How often this batch was tried before without any success. */
  readonly failures: number;
  /**
   * Size and RFC 6962 root (lowercase hex) of the log that ends with the batch's last event, events that the sink does
   * not get included. Null for single events that are delivered late, and for sinks without `wantsLogRoot`.
   */
  readonly logRoot: { readonly size: number; readonly root: string } | null;
  /** What the sink saved with the last batch that was committed; null before the first. */
  readonly state: SinkMemory | null;
  /** Keeps a small JSON object, committed together with the receipts of this batch or not at all. */
  saveState(state: SinkMemory): void;
}

/** A sink's own memory between batches: plain JSON, a few hundred bytes. */
export type SinkMemory = { readonly [name: string]: string | number | boolean | null };

/** A signed checkpoint on its way to where the database's owner can't rewrite it. */
export interface AnchorCheckpoint {
  readonly origin: string;
  /** Number of records that the checkpoint covers. */
  readonly size: number;
  /** RFC 6962 root, base64 as it stands in the note. */
  readonly root: string;
  /** The whole C2SP signed note; these bytes are what is kept. */
  readonly note: string;
}

/** Where a checkpoint is now. */
export interface AnchorReceipt {
  /** URL, path or identifier under which it can be found again. */
  readonly location: string;
  /** It was there already, with the same bytes. */
  readonly duplicate: boolean;
  /** What the other side said, for people; at most a few kilobytes. */
  readonly raw?: string;
}

/**
 * A destination of sealed events. The application may write its own: an object with `name` and `deliver` is enough.
 *
 * The dispatcher calls `deliver` for one batch at a time, in the order of the log, again and again until each event
 * is decided. So an event may come more than once, always with the same bytes; its id is the idempotency key.
 *
 * @publicApi
 */
export interface AuditSink {
  /** Unique, stable: the cursor and the receipts are kept under it. 1–64 of `A-Z a-z 0-9 . _ -`. */
  readonly name: string;
  /** What it is, for people: `webhook`, `s3`, … @default 'function' */
  readonly kind?: string;
  /** It sends over the network, so it rests in mode `local`. @default false */
  readonly network?: boolean;
  /**
   * `batch` if a batch becomes one thing at the destination (an object, one request), so that its bounds have to be
   * the same on each try, restarts included. @default 'event'
   */
  readonly identity?: 'event' | 'batch';
  /** It wants {@link DeliveryContext.logRoot}. @default false */
  readonly wantsLogRoot?: boolean;

  /**
   * Sends the events in order.
   *
   * @param signal aborted when time is up or the application stops; return what is known by then
   * @returns one result for each event, in the same order; or nothing, which means that all were delivered
   * @throws whatever happens: all events of the batch count as failed for now and are tried again
   */
  deliver(
    batch: readonly DeliveryItem[],
    signal: AbortSignal,
    context: DeliveryContext,
  ): Promise<readonly DeliveryResult[] | void> | readonly DeliveryResult[] | void;

  /**
   * Keeps a checkpoint, write-once: the same one again is a duplicate, another one under the same size an error.
   * @throws AnchorConflictError if the destination can tell that it keeps another note for this size: a split view
   */
  anchor?(checkpoint: AnchorCheckpoint, signal: AbortSignal): Promise<AnchorReceipt>;

  /** Sizes of all checkpoints that are kept, ascending. Absent where the destination can't be read. */
  anchorSizes?(signal: AbortSignal): Promise<number[]>;

  /** The note that is kept for a size, verbatim; null if there is none. */
  readAnchor?(size: number, signal: AbortSignal): Promise<string | null>;

  /** Gives connections back. No delivery is under way then. */
  close?(): Promise<void> | void;
}

/** A sink together with how it is to be treated: an element of the option `delivery.sinks`. */
export interface ConfiguredSink extends AuditSink, SinkDispatchOptions {}
