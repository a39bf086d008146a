import { Column, Entity, PrimaryColumn } from 'typeorm';
import { AS_NUMBER } from './as-number.js';

/**
 * A row of `audit_receipt_run`, for reading: neighbours in the log that a sink took with receipts that say the same.
 * Their ids are in `audit_event`; none of them has a row in `audit_receipt`.
 *
 * @publicApi
 */
@Entity({ name: 'audit_receipt_run', synchronize: false })
export class AuditReceiptRunEntity {
  @PrimaryColumn({ type: 'varchar' })
  sink!: string;

  /** `log_index` of the first event. */
  @PrimaryColumn({ name: 'first_index', type: 'bigint', transformer: AS_NUMBER })
  firstIndex!: number;

  /** `log_index` of the last event. */
  @Column({ name: 'last_index', type: 'bigint', transformer: AS_NUMBER })
  lastIndex!: number;

  @Column({ name: 'tx_id', type: 'text', nullable: true })
  txId!: string | null;

  /** Of all events alike, e.g. of the object or request that they went in. */
  @Column({ name: 'payload_hash', type: 'varchar', nullable: true })
  payloadHash!: string | null;

  /** One behind the other, 64 characters each, where each event went alone. */
  @Column({ name: 'payload_hashes', type: 'text', nullable: true })
  payloadHashes!: string | null;

  /** The remote's word or status code. */
  @Column({ name: 'remote_status', type: 'varchar', nullable: true })
  remoteStatus!: string | null;

  @Column({ type: 'int' })
  attempts!: number;

  /** What the remote answered. */
  @Column({ type: 'text', nullable: true })
  raw!: string | null;

  @Column({ name: 'updated_at', type: 'varchar' })
  updatedAt!: string;
}
