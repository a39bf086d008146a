import type { LedgerStore } from '../../ledger/ledger-store.port.js';

/** What a signer reads of the log. */
export type SignableLog = Pick<LedgerStore, 'readHead' | 'readRange' | 'readLeafHashes' | 'findPage'>;
