import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfiguredSink } from '../delivery/audit-sink.interface.js';
import { createSink, sinksFromEnvironment } from '../delivery/create-sink.js';
import type { SinkDefinition } from '../delivery/create-sink.js';
import { systemClock } from '../delivery/delivery-clock.js';
import { DeliveryService } from '../delivery/delivery.service.js';
import { formatIdentity, ownIdentity } from '../ledger/process/process-identity.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { sealEvent } from './log-writer.js';
import type { OpenDatabase } from './open-database.js';
import { paint, plain } from './terminal.js';

/** How the description of commands puts it. */
export const SINKS_OPTION = [
  '--sinks <file>',
  'module (default export) or JSON file with the sinks, if no running application is to do it',
] as const;

/**
 * The sinks that a command works with: those of the file, else those that the environment describes.
 *
 * @throws CliError if the file holds none
 */
export async function loadSinks(io: CliIo, file: string | undefined): Promise<ConfiguredSink[]> {
  if (file === undefined) return sinksFromEnvironment({ ...io.env });
  const loaded = file.endsWith('.json') ? await readJson(file) : await importDefault(file);
  const list: unknown = typeof loaded === 'function' ? await (loaded as () => unknown)() : loaded;
  if (!Array.isArray(list) || list.length === 0) {
    throw new CliError(
      `"${file}" holds no list of sinks. A module exports it as its default, a JSON file is the list.`,
    );
  }
  return list.map((one) =>
    typeof (one as ConfiguredSink).deliver === 'function' ? (one as ConfiguredSink) : createSink(one as SinkDefinition),
  );
}

/** Runs delivery within a command, for as long as `work` takes. Alarms go to the standard error. */
export async function withDelivery<T>(
  io: CliIo,
  { storage, options }: OpenDatabase,
  sinks: readonly ConfiguredSink[],
  work: (service: DeliveryService) => Promise<T>,
): Promise<T> {
  const service = new DeliveryService(
    { mode: 'hybrid', sinks, flushEveryMs: 0 },
    {
      log: storage.ledger,
      store: storage.delivery,
      leases: storage.leases,
      holder: formatIdentity(ownIdentity()),
      clock: systemClock(true),
      record: (event) => sealEvent(storage, options, event),
      onAlarm: ({ kind, message }) => io.err(`${paint(io, 'yellow', kind)}  ${plain(message)}\n`),
    },
  );
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(`"${file}" can't be read as JSON: ${(error as Error).message}`);
  }
}

async function importDefault(file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new CliError(`"${file}" can't be loaded: ${(error as Error).message}`);
  }
}
