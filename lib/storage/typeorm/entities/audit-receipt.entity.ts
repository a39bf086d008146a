import { Column, Entity, PrimaryColumn } from 'typeorm';
import { AS_NUMBER } from './as-number.js';

/**
 * A row of `audit_receipt`, for reading: what became of one event at one sink. Events that were delivered side by side
 * with receipts that say the same have none, but share a row of `audit_receipt_run`.
 *
 * @publicApi
 */
@Entity({ name: 'audit_receipt', synchronize: false })
export class AuditReceiptEntity {
  @PrimaryColumn({ type: 'varchar' })
  sink!: string;

  @PrimaryColumn({ name: 'event_id', type: 'varchar' })
  eventId!: string;

  @Column({ name: 'log_index', type: 'bigint', transformer: AS_NUMBER })
  logIndex!: number;

  /** `delivered`, `pending` or `failed`. */
  @Column({ type: 'varchar' })
  status!: string;

  @Column({ name: 'tx_id', type: 'text', nullable: true })
  txId!: string | null;

  @Column({ name: 'payload_hash', type: 'varchar', nullable: true })
  payloadHash!: string | null;

  /** 1 if the remote had the event already. */
  @Column({ type: 'int' })
  duplicate!: number;

  /** The remote's word or status code. */
  @Column({ name: 'remote_status', type: 'varchar', nullable: true })
  remoteStatus!: string | null;

  @Column({ type: 'int' })
  attempts!: number;

  @Column({ name: 'next_attempt_at', type: 'varchar', nullable: true })
  nextAttemptAt!: string | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  /** What the remote answered. */
  @Column({ type: 'text', nullable: true })
  raw!: string | null;

  @Column({ name: 'updated_at', type: 'varchar' })
  updatedAt!: string;
}
