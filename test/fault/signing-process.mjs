// Writes events and publishes checkpoints until it is killed or told to end.
//   node signing-process.mjs '<storage options as JSON>' <folder> <private key> <origin>
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { resolveAuditOptions } from '../../dist/esm/config/resolve-audit-options.js';
import { AuditRuntime } from '../../dist/esm/runtime/audit-runtime.js';
import { createStorage } from '../../dist/esm/storage/storage.factory.js';

const [storage, folder, key, origin] = process.argv.slice(2);
const log = { log() {}, warn() {}, error: console.error };
const options = resolveAuditOptions(
  {
    service: { name: 'fault' },
    storage: JSON.parse(storage),
    queue: { thread: 'inline', sealTimeoutMs: 120_000 },
    signing: { origin, key, stateFile: join(folder, 'signer.json') },
    checkpoints: { everyMs: 100, idleEveryMs: 60_000, anchors: [{ directory: join(folder, 'anchor') }] },
    verification: { enabled: false },
  },
  {},
);
const runtime = new AuditRuntime(options, log, (own) => createStorage(own));
let ended = false;
process.once('SIGTERM', () => (ended = true));
await runtime.start();
process.stdout.write('ready\n');
for (let n = 0; !ended; n++) {
  await runtime.pipeline.seal({ action: 'fault.sign', stream: `stream-${n % 3}`, metadata: { n } });
  if (n % 20 === 0) await pause(5);
}
await runtime.stop();
process.exit(0);
