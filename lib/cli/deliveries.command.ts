import { Command, Option } from 'commander';
import type { DeliveryReceipt, ReceiptFilter, ReceiptStatus, SinkCursor } from '../delivery/delivery-store.port.js';
import { formatTimestamp } from '../event/timestamp.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { toCount } from './event-filter.js';
import { DATABASE_ARGUMENT, resolveOptions, withDatabase } from './open-database.js';
import { count, duration, facts, json, paint, plain } from './terminal.js';

interface DeliveriesFlags {
  readonly database?: string;
  readonly sink?: string;
  readonly status?: ReceiptStatus;
  readonly event?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const UNDELIVERED: readonly ReceiptStatus[] = ['failed', 'pending'];

/** How far each sink has got, and what is not delivered. */
export function deliveriesCommand(io: CliIo): Command {
  return new Command('deliveries')
    .description('how far each sink has got, and the receipts of what is not delivered')
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('--sink <name>', 'only this sink')
    .addOption(new Option('--status <status>', 'receipts of this status').choices(['delivered', 'pending', 'failed']))
    .option('--event <id>', 'receipts of this event, delivered ones too')
    .option('--since <time>', 'receipts that changed then or later (RFC 3339)')
    .option('--until <time>', 'receipts that changed before (RFC 3339)')
    .option('--limit <count>', 'how many receipts at most', toCount('--limit'), 50)
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, flags: DeliveriesFlags) => {
      await withDatabase(resolveOptions(io, flags.database ?? argument), async ({ storage }) => {
        const sinks = await sinksOf(storage, flags.sink);
        const receipts = await receiptsOf(storage, flags);
        if (flags.json) return json(io, { sinks, deliveries: receipts.map(readable) });
        if (sinks.length === 0) io.out('Nothing was ever delivered from this log.\n');
        for (const sink of sinks) printSink(io, sink);
        for (const receipt of receipts) printReceipt(io, receipt);
      });
    });
}

/** Reads `--since` and the like. @throws CliError */
export function timeFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time) && /^\d{4}-\d{2}-\d{2}/.test(text)) return time;
  throw new CliError(`${flag} takes a time such as 2026-11-21T20:44:00Z, got "${text}".`);
}

async function sinksOf({ ledger, delivery }: AuditStorage, only: string | undefined) {
  const { size } = await ledger.readHead();
  const cursors = (await delivery.readCursors()).filter(({ sink }) => only === undefined || sink === only);
  if (only !== undefined && cursors.length === 0)
    throw new CliError(`Nothing was ever delivered to a sink "${plain(only)}".`);
  return Promise.all(
    cursors.map(async (cursor) => ({
      ...cursor,
      ...(await delivery.countUndelivered(cursor.sink)),
      lagEvents: Math.max(0, size - cursor.nextIndex),
      lagSeconds: await lagSeconds(ledger, cursor, size),
    })),
  );
}

type SinkLine = Awaited<ReturnType<typeof sinksOf>>[number];

async function lagSeconds(ledger: AuditStorage['ledger'], { nextIndex }: SinkCursor, size: number): Promise<number> {
  const [oldest] = nextIndex < size ? await ledger.readRange(nextIndex, 1) : [];
  return oldest ? Math.max(0, (Date.now() - Date.parse(oldest.occurredAt)) / 1000) : 0;
}

async function receiptsOf({ delivery }: AuditStorage, flags: DeliveriesFlags): Promise<DeliveryReceipt[]> {
  const filter: ReceiptFilter = {
    sink: flags.sink,
    eventId: flags.event,
    updatedFrom: timeFlag('--since', flags.since),
    updatedUntil: timeFlag('--until', flags.until),
    limit: flags.limit,
  };
  if (flags.status !== undefined) return delivery.findReceipts({ ...filter, status: flags.status });
  if (flags.event !== undefined) return delivery.findReceipts(filter);
  const found = await Promise.all(UNDELIVERED.map((status) => delivery.findReceipts({ ...filter, status })));
  return found.flat().slice(0, flags.limit);
}

function printSink(io: CliIo, sink: SinkLine): void {
  const color = sink.state === 'active' ? 'green' : sink.state === 'held' ? 'red' : 'yellow';
  io.out(
    `${paint(io, 'bold', plain(sink.sink))}  ${paint(io, color, sink.state)}\n` +
      facts([
        ['next event', count(sink.nextIndex)],
        [
          'behind',
          sink.lagEvents === 0 ? 'nothing' : `${count(sink.lagEvents)} events, ${duration(sink.lagSeconds * 1000)}`,
        ],
        ['late or retried', sink.pending === 0 ? undefined : count(sink.pending)],
        ['failed', sink.failed === 0 ? undefined : count(sink.failed)],
        ['failed tries in a row', sink.attempts === 0 ? undefined : sink.attempts],
        ['next try', sink.nextAttemptAt === null ? undefined : formatTimestamp(sink.nextAttemptAt)],
        ['last error', sink.lastError],
        ['last delivery', sink.deliveredAt === null ? 'never' : formatTimestamp(sink.deliveredAt)],
      ]),
  );
}

function printReceipt(io: CliIo, receipt: DeliveryReceipt): void {
  const color = receipt.status === 'delivered' ? 'green' : receipt.status === 'failed' ? 'red' : 'yellow';
  const detail = receipt.lastError ?? receipt.txId ?? '';
  io.out(
    `${paint(io, color, receipt.status.padEnd(9))}  ${receipt.eventId}  ${plain(receipt.sink)}  ` +
      `${receipt.attempts}×  ${plain(detail)}\n`,
  );
}

/** Times as text. */
export function readable(receipt: DeliveryReceipt) {
  const { nextAttemptAt, updatedAt } = receipt;
  return {
    ...receipt,
    nextAttemptAt: nextAttemptAt === null ? null : formatTimestamp(nextAttemptAt),
    updatedAt: formatTimestamp(updatedAt),
  };
}
