// Verifies a log again and again, with a memory, until it is killed or told to stop (SIGTERM). Prints each verdict.
//   node verifying-process.mjs '<storage options>' <verifier key> <anchor folder> <state file>
import { createStorage } from '../../dist/esm/storage/storage.factory.js';
import { DirectoryAnchor } from '../../dist/esm/verification/anchors/directory.anchor.js';
import { AuditVerifier } from '../../dist/esm/verification/history/audit-verifier.js';
import { FileVerifierStateStore } from '../../dist/esm/verification/history/file.verifier-state-store.js';
import { trustKeys } from '../../dist/esm/verification/trust/parse-trust.js';

const [options, key, anchor, state] = process.argv.slice(2);
const storage = createStorage(JSON.parse(options));
await storage.open();
let stopping = false;
process.on('SIGTERM', () => (stopping = true));
const verifier = new AuditVerifier({
  log: storage.ledger,
  trust: trustKeys([key]),
  checkpoints: storage.checkpoints,
  anchors: [new DirectoryAnchor(anchor)],
  state: new FileVerifierStateStore(state),
});
while (!stopping) {
  const { verdict, findings } = await verifier.verify({ rolling: 3 });
  process.stdout.write(verdict === 'valid' ? 'valid\n' : `${JSON.stringify({ verdict, findings })}\n`);
}
await storage.close();
process.exit(0);
