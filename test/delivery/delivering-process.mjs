// Delivers what is in a SQLite log to an ImmutableLog server until nothing is left, or until it is killed.
//   node delivering-process.mjs <path> '<sink options as JSON>' <lease in ms> <hybrid | remote>
import Database from 'better-sqlite3';
import { systemClock } from '../../dist/esm/delivery/delivery-clock.js';
import { DeliveryDispatcher } from '../../dist/esm/delivery/dispatch/delivery-dispatcher.js';
import { bindSink } from '../../dist/esm/delivery/dispatch/sink-binding.js';
import { RemoteSpool } from '../../dist/esm/delivery/service/remote-spool.js';
import { ImmutableLogSink } from '../../dist/esm/delivery/immutable-log/immutable-log.sink.js';
import { SqlDatabase } from '../../dist/esm/storage/typeorm/sql-database.js';
import { SqlStorage } from '../../dist/esm/storage/typeorm/sql-storage.js';

const [path, sinkOptions, leaseTtlMs, mode] = process.argv.slice(2);
// All that is used of a DataSource once it is open; loading TypeORM would be most of this process's life.
const driver = { databaseConnection: new Database(path) };
const dataSource = { options: { type: 'better-sqlite3' }, isInitialized: true, driver };
const { ledger, delivery, leases } = new SqlStorage(new SqlDatabase(dataSource));

const clock = systemClock(true);
const binding = bindSink(new ImmutableLogSink(JSON.parse(sinkOptions), {}));
const dispatcher = new DeliveryDispatcher([binding], {
  log: ledger,
  store: delivery,
  leases,
  clock,
  random: Math.random,
  holder: `process-${process.pid}`,
  leaseTtlMs: Number(leaseTtlMs),
  flushEveryMs: 20,
  coalesceMs: 0,
  onAlarm: ({ message }) => console.error(message),
  record: async () => undefined,
});
const onFailure = (error) => console.error(error);
const spool = new RemoteSpool([binding], [binding], {
  log: ledger,
  store: delivery,
  spool: ledger,
  clock,
  onFailure,
  everyMs: 5,
  onStuck: ({ eventId }) => console.error(`stuck at ${eventId}`),
});
if (mode === 'remote') dispatcher.onCommitted(() => spool.notify());
const { size } = await ledger.readHead();
const done = new Promise((resolve) => {
  dispatcher.onCommitted(({ nextIndex }) => nextIndex >= size && resolve());
});
dispatcher.start();
if (((await delivery.readCursor('immutablelog'))?.nextIndex ?? 0) < size) await done;
await dispatcher.stop(1000);
if (mode === 'remote') await spool.stop();
process.exit(0);
