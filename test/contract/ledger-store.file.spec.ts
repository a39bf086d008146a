import type { FileLogOptions } from '../../lib/storage/file/file-log-options.interface.js';
import { freshLogFolder } from '../support/log-files.js';
import { describeLedgerStore } from './ledger-store.contract.js';
import type { StoreHarness } from './ledger-store.harness.js';
import { describeLeaseStore } from './ledger-store-leases.contract.js';
import { describeLedgerQueries } from './ledger-store-queries.contract.js';

function harness(name: string, options: Partial<FileLogOptions> = {}): StoreHarness {
  return {
    name,
    kind: 'file',
    writers: 'one',
    durable: true,
    create: async () => {
      const place = freshLogFolder();
      return {
        // A second process can only read while the first one writes.
        connect: () => place.open(options).catch(() => place.open({ ...options, readOnly: true })),
        drop: () => place.drop(),
      };
    },
  };
}

const file = harness('JSON Lines file');
/** Small enough that every test spreads its log over several files. */
const rotated = harness('JSON Lines files, rotated', { rotateBytes: 1500 });

for (const one of [file, rotated]) {
  describeLedgerStore(one);
  describeLedgerQueries(one);
}
describeLeaseStore(file);
