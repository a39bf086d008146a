import { AuditCheckpointEntity } from './audit-checkpoint.entity.js';
import { AuditDeliveryEntity } from './audit-delivery.entity.js';
import { AuditEventEntity } from './audit-event.entity.js';
import { AuditHeadEntity } from './audit-head.entity.js';
import { AuditReceiptEntity } from './audit-receipt.entity.js';
import { AuditReceiptRunEntity } from './audit-receipt-run.entity.js';
import { AuditStreamEntity } from './audit-stream.entity.js';

export {
  AuditCheckpointEntity,
  AuditDeliveryEntity,
  AuditEventEntity,
  AuditHeadEntity,
  AuditReceiptEntity,
  AuditReceiptRunEntity,
  AuditStreamEntity,
};

/**
 * Entities over the audit tables, for applications that read them through TypeORM: add them to the `entities` of the
 * DataSource that keeps the log. TypeORM never creates or alters these tables; the migrations do.
 *
 * @publicApi
 */
export const AUDIT_ENTITIES = [
  AuditEventEntity,
  AuditHeadEntity,
  AuditStreamEntity,
  AuditCheckpointEntity,
  AuditDeliveryEntity,
  AuditReceiptEntity,
  AuditReceiptRunEntity,
];
