import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Outcome, Severity } from '../../../event/audit-event.interface.js';
import type { StoredEvent } from '../../../ledger/ledger-store.port.js';
import { AS_NUMBER } from './as-number.js';

/**
 * A row of `audit_event`, for reading. The record's text is the truth; the columns repeat it for queries.
 *
 * @publicApi
 */
@Entity({ name: 'audit_event', synchronize: false })
export class AuditEventEntity implements StoredEvent {
  @PrimaryColumn({ name: 'log_index', type: 'bigint', transformer: AS_NUMBER })
  logIndex!: number;

  @Column({ name: 'event_id', type: 'varchar', unique: true })
  eventId!: string;

  @Column({ type: 'varchar' })
  stream!: string;

  @Column({ type: 'bigint', transformer: AS_NUMBER })
  sequence!: number;

  @Column({ type: 'text' })
  record!: string;

  @Column({ type: 'varchar' })
  hash!: string;

  @Column({ name: 'leaf_hash', type: 'varchar' })
  leafHash!: string;

  @Column({ type: 'text', nullable: true })
  signature!: string | null;

  @Column({ type: 'text', nullable: true })
  sections!: string | null;

  @Column({ name: 'occurred_at', type: 'varchar' })
  occurredAt!: string;

  @Column({ type: 'varchar' })
  action!: string;

  @Column({ type: 'varchar' })
  outcome!: Outcome;

  @Column({ type: 'varchar' })
  severity!: Severity;

  @Column({ name: 'actor_id', type: 'varchar', nullable: true })
  actorId!: string | null;

  @Column({ name: 'actor_type', type: 'varchar' })
  actorType!: string;

  @Column({ name: 'resource_type', type: 'varchar', nullable: true })
  resourceType!: string | null;

  @Column({ name: 'resource_id', type: 'varchar', nullable: true })
  resourceId!: string | null;

  @Column({ name: 'tenant_id', type: 'varchar', nullable: true })
  tenantId!: string | null;

  @Column({ name: 'request_id', type: 'varchar', nullable: true })
  requestId!: string | null;

  @Column({ name: 'correlation_id', type: 'varchar', nullable: true })
  correlationId!: string | null;
}
