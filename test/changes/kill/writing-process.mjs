// Writes transactions with recorded changes until it is killed. Says "." on its output for each that was committed.
//   node writing-process.mjs '{"dist":"…","options":{…TypeORM…},"loops":3}'
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import typeorm from 'typeorm';

const { dist, options, loops } = JSON.parse(process.argv[2]);
const load = (file) => import(pathToFileURL(join(dist, file)).href);
const { ChangeCapture } = await load('changes/change-capture.js');
const { EventBuilder } = await load('event/event-builder.js');
const { Ledger } = await load('ledger/ledger.js');
const { OutboxSequencer } = await load('ledger/outbox/outbox-sequencer.js');
const { formatIdentity, ownIdentity } = await load('ledger/process/process-identity.js');
const { Redactor } = await load('redaction/redactor.js');
const { SqlOutboxWriter } = await load('storage/typeorm/outbox-writer.js');
const { SqlDatabase } = await load('storage/typeorm/sql-database.js');
const { SqlStorage } = await load('storage/typeorm/sql-storage.js');

class Purse {}
class Note {}
const { DataSource, EntitySchema } = typeorm;
const entities = [
  new EntitySchema({
    name: 'Purse',
    target: Purse,
    columns: { id: { type: 'int', primary: true }, coins: { type: 'int' }, owner: { type: String, nullable: true } },
  }),
  new EntitySchema({
    name: 'Note',
    target: Note,
    columns: { id: { type: String, primary: true }, text: { type: String } },
  }),
];

const dataSource = await new DataSource({ ...options, entities, synchronize: false }).initialize();
const database = new SqlDatabase(dataSource);
await database.open();
const storage = new SqlStorage(database);
const ledger = new Ledger(storage.ledger);
const sanitizer = new Redactor();
const builder = new EventBuilder({ service: { name: 'kill', instance: String(process.pid) }, sanitizer });
const sequencer = new OutboxSequencer({
  outbox: storage.outbox,
  leases: storage.leases,
  holder: formatIdentity(ownIdentity()),
  seal: async (events) => void (await ledger.append(events, true)),
  reduced: (event) => event,
  gapEvent: ({ eventId }, reason) => builder.build({ action: 'audit.gap', reason: { code: reason } }, eventId),
  onFailure: () => undefined,
  everyMs: 20,
});
const capture = new ChangeCapture({
  sanitizer,
  context: () => ({ actor: { type: 'service', id: String(process.pid) } }),
  build: (event) => builder.build(event),
  deliver: () => process.stdout.write('!'),
  onCommitted: () => sequencer.notify(),
  onError: (error) => process.stdout.write(`!${error}`),
});
capture.register(dataSource, new SqlOutboxWriter(database.dialect));
sequencer.start();

async function once(n) {
  await dataSource.transaction(async (manager) => {
    const id = randomInt(8);
    if (n % 3 === 0) await manager.delete(Purse, { id });
    else await manager.save(Purse, { id, coins: n, owner: n % 2 ? `o${n}` : null });
    await manager
      .transaction(async (inner) => {
        await inner.insert(Note, { id: `${process.pid}-${n}`, text: 'note' });
        if (n % 4 === 0) throw new Error('undo');
      })
      .catch(() => undefined);
    await manager.increment(Purse, { id: randomInt(8) }, 'coins', 1);
    if (n % 5 === 0) throw new Error('undo');
  });
  process.stdout.write('.');
}

async function work(from) {
  // Deadlocks, lost races and rolled-back transactions belong to the game.
  for (let n = from; ; n += loops) await once(n).catch(() => undefined);
}

await Promise.all(Array.from({ length: loops }, (_, n) => work(n + 1)));
