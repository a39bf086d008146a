// Verifies a log again and again until it is killed or told to end; one verdict a line.
//   node verifying-process.mjs '<storage options as JSON>' <folder> <verifier key> <state file>
import { join } from 'node:path';
import { createStorage } from '../../dist/esm/storage/storage.factory.js';
import { DirectoryAnchor } from '../../dist/esm/verification/anchors/directory.anchor.js';
import { AuditVerifier } from '../../dist/esm/verification/history/audit-verifier.js';
import { FileVerifierStateStore } from '../../dist/esm/verification/history/file.verifier-state-store.js';
import { trustKeys } from '../../dist/esm/verification/trust/parse-trust.js';

const [options, folder, key, stateFile] = process.argv.slice(2);
const storage = createStorage(JSON.parse(options));
await storage.open();
const verifier = new AuditVerifier({
  log: storage.ledger,
  trust: trustKeys([key]),
  checkpoints: storage.checkpoints,
  anchors: [new DirectoryAnchor(join(folder, 'anchor'))],
  state: new FileVerifierStateStore(join(folder, stateFile)),
});
let ended = false;
process.once('SIGTERM', () => (ended = true));
for (let run = 0; !ended; run++) {
  const mode = run % 4 === 3 ? 'full' : 'incremental';
  const { verdict, findings, checkpointsCompared, to } = await verifier.verify({ mode, rolling: 3, saveEvery: 50 });
  process.stdout.write(`${JSON.stringify({ verdict, checkpointsCompared, to, findings })}\n`);
}
await storage.close();
process.exit(0);
