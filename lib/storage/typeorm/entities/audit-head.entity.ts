import { Column, Entity, PrimaryColumn } from 'typeorm';
import { AS_NUMBER } from './as-number.js';

/**
 * The row of `audit_head`, for reading: how long the log is and what its Merkle root is.
 *
 * @publicApi
 */
@Entity({ name: 'audit_head', synchronize: false })
export class AuditHeadEntity {
  /** Always 1. */
  @PrimaryColumn({ type: 'int' })
  id!: number;

  /** Number of records. */
  @Column({ type: 'bigint', transformer: AS_NUMBER })
  size!: number;

  /** RFC 6962 root over all records, lowercase hex. */
  @Column({ type: 'varchar' })
  root!: string;

  /** Roots of the perfect subtrees that tile the log, largest first, joined by commas. */
  @Column({ name: 'compact_range', type: 'text' })
  compactRange!: string;

  /** When the first record's event happened; empty while there is none. */
  @Column({ name: 'created_at', type: 'varchar' })
  createdAt!: string;

  /** Name of the log in its checkpoints; empty until it is signed for the first time. */
  @Column({ type: 'varchar' })
  origin!: string;

  /** Events before this index were delivered and their content let go of, in delivery mode `remote`; else 0. */
  @Column({ name: 'discarded_below', type: 'bigint', transformer: AS_NUMBER })
  discardedBelow!: number;
}
