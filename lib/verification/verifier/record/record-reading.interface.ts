import type { ChainAlgorithm } from '../../../event/audit-record.interface.js';
import type { EventColumns } from '../../../event/sealable-event.js';

/** What the verifier needs of a record that is well-formed in every respect. */
export interface RecordReading {
  readonly alg: ChainAlgorithm;
  readonly id: string;
  readonly stream: string;
  readonly sequence: number;
  readonly previousHash: string | null;
  readonly columns: EventColumns;
  /** Canonical JSON of the commitments, `{"client":{"bytes":91,"commitment":"…"}}`; null when there are none. */
  readonly sections: string | null;
}
