import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { DeliveryReceipt } from '../delivery/delivery-store.port.js';
import { sinkTestEvent } from '../delivery/service/sink-test.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { readable } from './deliveries.command.js';
import { loadSinks, SINKS_OPTION, withDelivery } from './delivery-session.js';
import { toCount } from './event-filter.js';
import { ExitCode, setExitCode } from './exit-code.js';
import { sealEvent } from './log-writer.js';
import { resolveOptions, withDatabase } from './open-database.js';
import type { OpenDatabase } from './open-database.js';
import { facts, json, paint, plain } from './terminal.js';

interface SinkTestFlags {
  readonly database?: string;
  readonly sinks?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

const POLL_MS = 100;

/** Sinks, one at a time. */
export function sinkCommand(io: CliIo): Command {
  const test = new Command('test')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .description('send one test event to a sink, end to end, and print the receipt')
    .argument('<name>', 'name of the sink')
    .option('--database <database>', 'URL or SQLite file')
    .option(...SINKS_OPTION)
    .option('--timeout <seconds>', 'how long to wait at most', toCount('--timeout'), 30)
    .option('--json', 'print JSON')
    .action(async (name: string, flags: SinkTestFlags) => {
      const sinks = await loadSinks(io, flags.sinks);
      const isOurs = sinks.some((sink) => sink.name === name);
      if (flags.sinks !== undefined && !isOurs) {
        throw new CliError(
          `"${flags.sinks}" has no sink named "${plain(name)}": ${sinks.map((one) => one.name).join(', ')}.`,
        );
      }
      await withDatabase(resolveOptions(io, flags.database), async (database) => {
        const timeoutMs = flags.timeout * 1000;
        const receipt = isOurs
          ? (await withDelivery(io, database, sinks, (service) => service.testSink(name, timeoutMs))).receipt
          : await byApplication(io, database, name, timeoutMs);
        report(io, name, receipt, flags.json ?? false);
      });
    });
  return new Command('sink').description('work with one sink').addCommand(test);
}

/** Seals the event and waits until the running application has a receipt for it. */
async function byApplication(
  io: CliIo,
  { storage, options }: OpenDatabase,
  name: string,
  timeoutMs: number,
): Promise<DeliveryReceipt | null> {
  if ((await storage.delivery.readCursor(name)) === null) {
    throw new CliError(`Nothing was ever delivered to a sink "${plain(name)}". Give the sinks with --sinks.`);
  }
  const { id } = await sealEvent(storage, options, sinkTestEvent(name));
  await storage.delivery.expedite(name);
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const [receipt = null] = await storage.delivery.readReceipts(name, [id]);
    if ((receipt && receipt.status !== 'pending') || Date.now() >= deadline || io.signal.aborted) return receipt;
    await delay(POLL_MS, undefined, { signal: io.signal }).catch(() => undefined);
  }
}

function report(io: CliIo, name: string, receipt: DeliveryReceipt | null, asJson: boolean): void {
  if (receipt?.status !== 'delivered') setExitCode(io, ExitCode.FINDING);
  if (asJson) return json(io, receipt && readable(receipt));
  if (!receipt) {
    return io.out(`${paint(io, 'yellow', 'pending')}  ${plain(name)} has no receipt yet; see "deliveries".\n`);
  }
  const color = receipt.status === 'delivered' ? 'green' : receipt.status === 'failed' ? 'red' : 'yellow';
  io.out(
    `${paint(io, color, receipt.status)}  ${plain(name)}\n` +
      facts([
        ['event', receipt.eventId],
        ['transaction', receipt.txId],
        ['payload hash', receipt.payloadHash],
        ['duplicate', receipt.duplicate ? 'yes' : undefined],
        ['remote status', receipt.remoteStatus],
        ['tries', receipt.attempts],
        ['error', receipt.lastError],
        ['answer', receipt.raw],
      ]),
  );
}
