import { Column, Entity, PrimaryColumn } from 'typeorm';
import { AS_NUMBER } from './as-number.js';

/**
 * A row of `audit_delivery`, for reading: how far a sink has come.
 *
 * @publicApi
 */
@Entity({ name: 'audit_delivery', synchronize: false })
export class AuditDeliveryEntity {
  @PrimaryColumn({ type: 'varchar' })
  sink!: string;

  /** Index of the first record that the sink has not dealt with. */
  @Column({ name: 'next_index', type: 'bigint', transformer: AS_NUMBER })
  nextIndex!: number;

  /** Exclusive end of the batch whose delivery has begun. */
  @Column({ name: 'batch_end', type: 'bigint', nullable: true, transformer: AS_NUMBER })
  batchEnd!: number | null;

  /** `active`, `retrying` or `held`. */
  @Column({ type: 'varchar' })
  state!: string;

  /** Failed tries in a row. */
  @Column({ type: 'int' })
  attempts!: number;

  @Column({ name: 'next_attempt_at', type: 'varchar', nullable: true })
  nextAttemptAt!: string | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  /** When an event last arrived there. */
  @Column({ name: 'delivered_at', type: 'varchar', nullable: true })
  deliveredAt!: string | null;

  /** JSON. */
  @Column({ type: 'text', nullable: true })
  details!: string | null;

  @Column({ name: 'updated_at', type: 'varchar' })
  updatedAt!: string;
}
