import type { LedgerStore } from '../../ledger/ledger-store.port.js';

/** What delivery needs of the log. It never writes into it. */
export type DeliveryLog = Pick<LedgerStore, 'readHead' | 'readLines' | 'readRange' | 'readLeafHashes' | 'findById'>;
