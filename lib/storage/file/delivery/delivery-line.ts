import type { DeliveryReceipt, RedriveSelection, SinkCursor } from '../../../delivery/delivery-store.port.js';

/** What was done, one line each; doing all of it again in order leads to the same state. */
export type DeliveryLine =
  | {
      readonly do: 'commit';
      readonly cursor: SinkCursor;
      readonly receipts: readonly DeliveryReceipt[];
      /** Those of them that were delivered before: a second arrival, which is not counted again. */
      readonly again: readonly string[];
    }
  | { readonly do: 'create'; readonly cursor: SinkCursor }
  | { readonly do: 'expedite'; readonly sink: string }
  | { readonly do: 'remove'; readonly sink: string; readonly eventIds: readonly string[] }
  | { readonly do: 'redrive'; readonly selection: RedriveSelection; readonly now: number };

/** @returns null if the line is none */
export function parseDeliveryLine(bytes: Buffer): DeliveryLine | null {
  try {
    const line = JSON.parse(bytes.toString('utf8')) as DeliveryLine;
    return typeof line?.do === 'string' ? line : null;
  } catch {
    return null;
  }
}

export function formatDeliveryLine(line: DeliveryLine): string {
  return `${JSON.stringify(line)}\n`;
}
