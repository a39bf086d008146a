// Appends events until it has all receipts or is killed. Writes each event's id into a file as soon as its receipt is
// there, and a dot to its output.
//   node appending-process.mjs '<storage options as JSON>' <prefix> <count> <file>
import { openSync, writeSync } from 'node:fs';
import { resolveAuditOptions } from '../../dist/esm/config/resolve-audit-options.js';
import { AuditRuntime } from '../../dist/esm/runtime/audit-runtime.js';
import { createStorage } from '../../dist/esm/storage/storage.factory.js';

const [storage, prefix, count, file] = process.argv.slice(2);
const acknowledged = openSync(file, 'a');
const log = { log() {}, warn: console.error, error: console.error };
const options = resolveAuditOptions(
  { service: { name: 'fault' }, storage: JSON.parse(storage), queue: { sealTimeoutMs: 120_000, maxBatch: 200 } },
  {},
);
const runtime = new AuditRuntime(options, log, (own) => createStorage(own));
await runtime.start();

const WINDOW = 64;
let next = 0;
async function lane() {
  while (next < Number(count)) {
    const n = next++;
    const stream = n % 5 === 0 ? `stream-${n % 3}` : 'main';
    const receipt = await runtime.pipeline.seal({
      action: 'fault.append',
      stream,
      resource: { type: prefix, id: String(n) },
    });
    // Synchronous: an id in the file was acknowledged, whatever happens next.
    writeSync(acknowledged, `${receipt.id}\n`);
    process.stdout.write('.');
  }
}
await Promise.all(Array.from({ length: WINDOW }, lane));
await runtime.stop();
process.exit(0);
