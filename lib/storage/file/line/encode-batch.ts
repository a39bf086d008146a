import { formatJsonLine } from '../../../event/json-line.js';
import type { StoredEvent } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import { MAX_LINE_BYTES } from '../io/line-scanner.js';

export interface EncodedBatch {
  /** All lines, each with its line feed, for one write. */
  readonly bytes: Buffer;
  /** Where each line begins in them. */
  readonly offsets: readonly number[];
}

/** @throws {StoreError} with reason `refused` if an event does not fit into a line */
export function encodeBatch(rows: readonly StoredEvent[]): EncodedBatch {
  let text = '';
  let end = 0;
  const offsets = rows.map((row) => {
    const line = formatJsonLine(row);
    const offset = end;
    end += Buffer.byteLength(line) + 1;
    text += `${line}\n`;
    if (line.includes('\n') || end - offset > MAX_LINE_BYTES) throw refusal(row, end - offset);
    return offset;
  });
  return { bytes: Buffer.from(text), offsets };
}

function refusal({ eventId }: StoredEvent, bytes: number): StoreError {
  return new StoreError(
    `Event ${eventId} does not fit into a line of the log: it takes ${bytes} bytes, ${MAX_LINE_BYTES} are the most, and ` +
      'no line feed may stand in it. Keep its sections smaller (limits.sectionBytes).',
    { reason: 'refused' },
  );
}
