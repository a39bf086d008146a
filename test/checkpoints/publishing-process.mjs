// Seals events and publishes checkpoints until it is killed or told to stop (SIGTERM). Prints the size of each checkpoint.
//   node publishing-process.mjs '<options of the module as JSON>'
import { resolveAuditOptions } from '../../dist/esm/config/resolve-audit-options.js';
import { AuditRuntime } from '../../dist/esm/runtime/audit-runtime.js';
import { createStorage } from '../../dist/esm/storage/storage.factory.js';

const log = { log() {}, warn: console.error, error: console.error };
const options = resolveAuditOptions(JSON.parse(process.argv[2]), {});
const runtime = new AuditRuntime(options, log, (own) => createStorage(own));
let stopping = false;
process.on('SIGTERM', () => (stopping = true));
await runtime.start();
while (!stopping) {
  await Promise.all(
    Array.from({ length: 5 }, (_, n) => runtime.pipeline.seal({ action: 'race.append', metadata: { n } })),
  );
  const { size } = await runtime.checkpoint();
  process.stdout.write(`${size}\n`);
}
await runtime.stop();
const { violations } = runtime.stats().checkpoints;
process.exit(violations === 0 ? 0 : 1);
