import type { StreamHead } from '../../ledger/ledger-store.port.js';
import { display } from './display.js';
import type { Finding } from './finding.interface.js';
import type { StreamChains } from './stream-chains.js';

/** Rows of `audit_stream` that do not say what the records said when they were compared last. */
export interface StreamComparison {
  /** A record was appended to the stream: its row may be of this moment. */
  follow(stream: string): void;
  findings(): Finding[];
}

/**
 * Compares the rows of `audit_stream` with the streams of the records.
 *
 * @param chains the streams at a size of the log that was read before the rows
 * @param rows the rows
 * @param only compare this stream alone
 */
export function compareStreams(chains: StreamChains, rows: readonly StreamHead[], only?: string): StreamComparison {
  const open = new Map(rows.filter((row) => !chains.agrees(row)).map((row) => [row.name, row]));
  const named = new Set(rows.map(({ name }) => name));
  const absent = chains.heads().filter(({ name }) => !named.has(name) && (only === undefined || name === only));
  const expected = new Map([...open.keys()].map((name) => [name, chains.head(name)]));
  return {
    follow(stream) {
      const row = open.get(stream);
      if (row && chains.agrees(row)) open.delete(stream);
    },
    findings: () => [
      ...absent.map((head) =>
        drift(
          head.name,
          'name',
          head.name,
          null,
          `The stream has records up to sequence ${head.nextSequence - 1}, and no row.`,
        ),
      ),
      ...[...open.values()].map((row) => explain(row, expected.get(row.name) ?? null)),
    ],
  };
}

function explain(row: StreamHead, records: StreamHead | null): Finding {
  if (!records) {
    const message = `The log has no record of this stream, the row says it has ${row.nextSequence}.`;
    return drift(row.name, 'name', null, row.name, message);
  }
  if (row.nextSequence !== records.nextSequence) {
    const message = `The last record of the stream has sequence ${records.nextSequence - 1}; its row names another.`;
    return drift(row.name, 'next_sequence', String(records.nextSequence), String(row.nextSequence), message);
  }
  return drift(
    row.name,
    'last_hash',
    records.lastHash,
    row.lastHash,
    "The row names another hash than the stream's last record has.",
  );
}

function drift(
  stream: string,
  column: string,
  expected: string | null,
  found: string | null,
  message: string,
): Finding {
  return {
    class: 'projection_drift',
    reason: 'projection_drift',
    index: null,
    eventId: null,
    stream,
    column: `audit_stream.${column}`,
    expected,
    found: display(found),
    message,
  };
}
