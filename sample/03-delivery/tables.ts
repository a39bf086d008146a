import type { AuditEntry, DeliveryReceipt, FlushResult, SinkStatus } from 'nestjs-audit-trail';

/** Receipts beside the events that they are of. */
export function formatReceipts(receipts: readonly DeliveryReceipt[], entries: readonly AuditEntry[]): string {
  const actions = new Map(entries.map(({ record }) => [record.id, record.action]));
  return table(
    ['index', 'action', 'receipt', 'tries', 'remote', 'transaction', 'last error'],
    receipts.map(({ logIndex, eventId, status, attempts, remoteStatus, txId, lastError }) => [
      String(logIndex),
      actions.get(eventId) ?? '-',
      status,
      String(attempts),
      remoteStatus ?? '-',
      txId?.slice(0, 11) ?? '-',
      (lastError ?? '-').slice(0, 40),
    ]),
  );
}

/** How far each sink is. */
export function formatSinks(sinks: readonly SinkStatus[]): string {
  return table(
    ['sink', 'state', 'breaker', 'behind', 'for', 'late', 'failed', 'last error'],
    sinks.map((sink) => [
      sink.sink,
      sink.state,
      sink.breaker,
      `${sink.lagEvents} events`,
      `${sink.lagSeconds.toFixed(1)} s`,
      String(sink.pending),
      String(sink.failed),
      (sink.lastError ?? '-').slice(0, 60),
    ]),
  );
}

/** The figures of a flush. */
export function formatFlush({ flushed, failed, still_pending, held, total }: FlushResult): string {
  return table(
    ['flushed', 'failed', 'still_pending', 'total', 'held'],
    [[flushed, failed, still_pending, total, held].map(String)],
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
