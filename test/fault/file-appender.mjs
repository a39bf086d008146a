// Appends batches of all sizes to a log in a file until it has appended enough or is killed. Writes each event's id into a
// file as soon as its receipt is there, and a dot to its output for each batch, behind an "o" for "opened".
//   node file-appender.mjs '<options of the log as JSON>' <batches> <file>
import { openSync, writeSync } from 'node:fs';
import { EventBuilder } from '../../dist/esm/event/event-builder.js';
import { Ledger } from '../../dist/esm/ledger/ledger.js';
import { Redactor } from '../../dist/esm/redaction/redactor.js';
import { FileStorage } from '../../dist/esm/storage/file/file-storage.js';

const [options, batches, file] = process.argv.slice(2);
const acknowledged = openSync(file, 'a');
const storage = new FileStorage(JSON.parse(options));
await storage.open();
process.stdout.write('o');
const ledger = new Ledger(storage.ledger);
const builder = new EventBuilder({ service: { name: 'fault', instance: 'i' }, sanitizer: new Redactor() });
const pad = 'x'.repeat(20_000);

for (let n = 0; n < Number(batches); n++) {
  const events = Array.from({ length: 1 + ((n * 7919) % 60) }, (_, i) =>
    builder.build({
      action: 'fault.append',
      stream: `s${i % 3}`,
      metadata: { n, pad: pad.slice((n * i * 31) % 20_000) },
    }),
  );
  const receipts = await ledger.append(events, n === 0);
  // Synchronous: an id in the file was acknowledged, whatever happens next.
  writeSync(acknowledged, receipts.map(({ id }) => `${id}\n`).join(''));
  process.stdout.write('.');
}
await storage.close();
