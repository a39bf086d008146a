import { Column, Entity, PrimaryColumn } from 'typeorm';
import { AS_NUMBER } from './as-number.js';

/**
 * A row of `audit_stream`, for reading: where a hash chain ends.
 *
 * @publicApi
 */
@Entity({ name: 'audit_stream', synchronize: false })
export class AuditStreamEntity {
  @PrimaryColumn({ type: 'varchar' })
  name!: string;

  /** Number of records in the stream. */
  @Column({ name: 'next_sequence', type: 'bigint', transformer: AS_NUMBER })
  nextSequence!: number;

  /** Hash of the stream's last record. */
  @Column({ name: 'last_hash', type: 'varchar', nullable: true })
  lastHash!: string | null;
}
