// Appends to a log in a file until the disk is full, in batches that do not fit its blocks. Says how it ended.
//   node file-filler.mjs <path>
import { EventBuilder } from '../../dist/esm/event/event-builder.js';
import { Ledger } from '../../dist/esm/ledger/ledger.js';
import { Redactor } from '../../dist/esm/redaction/redactor.js';
import { FileStorage } from '../../dist/esm/storage/file/file-storage.js';

const storage = new FileStorage({ path: process.argv[2] });
await storage.open();
const ledger = new Ledger(storage.ledger);
const builder = new EventBuilder({ service: { name: 'filler', instance: 'i' }, sanitizer: new Redactor() });
let acknowledged = 0;
for (;;) {
  try {
    const batch = Array.from({ length: 7 }, (_, n) => builder.build({ action: 'fill', metadata: { n } }));
    acknowledged += (await ledger.append(batch)).length;
  } catch ({ reason, transient, message }) {
    process.stdout.write(JSON.stringify({ reason, transient, message, acknowledged }));
    process.exit(0);
  }
}
