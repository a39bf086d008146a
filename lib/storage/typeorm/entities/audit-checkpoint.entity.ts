import { Column, Entity, PrimaryColumn } from 'typeorm';
import { AS_NUMBER } from './as-number.js';

/**
 * A row of `audit_checkpoint`, for reading: a signed statement of the log's size and root.
 *
 * @publicApi
 */
@Entity({ name: 'audit_checkpoint', synchronize: false })
export class AuditCheckpointEntity {
  @PrimaryColumn({ type: 'bigint', transformer: AS_NUMBER })
  size!: number;

  @Column({ type: 'varchar' })
  root!: string;

  /** C2SP signed note. */
  @Column({ type: 'text' })
  note!: string;

  @Column({ name: 'created_at', type: 'varchar' })
  createdAt!: string;

  /** When the first anchor had it; null until then. */
  @Column({ name: 'anchored_at', type: 'varchar', nullable: true })
  anchoredAt!: string | null;
}
