export { AuditModule } from './audit.module.js';
export { AuditService } from './audit.service.js';
export { AuditImportedTwiceError } from './audit-imported-twice.error.js';
export { MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } from './audit.module-definition.js';
export * from './audit.constants.js';

export type { AuditModuleOptions } from './config/audit.options.js';
export { InvalidAuditOptionsError } from './config/invalid-audit-options.error.js';
export { resolveAuditOptions } from './config/resolve-audit-options.js';
export type { ResolvedAuditOptions } from './config/resolve-audit-options.js';
export { describeEffectiveConfig, formatEffectiveConfig } from './config/effective-config.js';
export type { EffectiveOption } from './config/effective-config.js';

export type {
  Actor,
  ActorType,
  AuditEvent,
  EventContext,
  EventFlag,
  EventReason,
  FieldChange,
  HttpFacts,
  Outcome,
  ResourceRef,
  SectionName,
  ServiceIdentity,
  Severity,
  TenantRef,
} from './event/audit-event.interface.js';
export type { AuditRecord, ChainAlgorithm, SectionCommitment } from './event/audit-record.interface.js';
export type { JsonValue } from './event/value-sanitizer.interface.js';

export { Audit } from './capture/decorators/audit.decorator.js';
export { SkipAudit } from './capture/decorators/skip-audit.decorator.js';
export type { AuditRouteOptions } from './capture/decorators/audit-route-options.interface.js';
export { AuditContext } from './capture/context/audit-context.js';
export type { Annotation } from './capture/context/annotation.interface.js';
export type { AuditScope } from './capture/context/audit-scope.interface.js';
export type { RunAsOptions } from './capture/context/nested-scope.js';
export type { Durability } from './capture/event-recorder.port.js';
export { TenantMissingError } from './capture/tenant/tenant-missing.error.js';

export { Redactor } from './redaction/redactor.js';

export type { SealReceipt } from './ledger/seal-receipt.interface.js';
export { AuditEntity } from './changes/decorators/audit-entity.decorator.js';
export type { AuditEntityOptions } from './changes/decorators/audit-entity.decorator.js';
export { AuditIgnore } from './changes/decorators/audit-ignore.decorator.js';
export { AuditMask } from './changes/decorators/audit-mask.decorator.js';
export { ChangeNotRecordedError } from './changes/change-not-recorded.error.js';
export { ChangeReasonRequiredError } from './changes/change-reason-required.error.js';
export { UnsupportedDataSourceError } from './changes/unsupported-data-source.error.js';
export type { RowChange, RowChangeKind } from './changes/history/row-change.interface.js';
export type { RowState, StateDoubt, StateDoubtReason } from './changes/history/row-state.interface.js';
export { TriggersMissingError } from './changes/triggers/triggers-missing.error.js';
export { auditTriggerStatements } from './runtime/trigger-setup.js';
export { DataSourceMissingError } from './runtime/data-source-missing.error.js';
export { LogElsewhereError } from './runtime/log-elsewhere.error.js';
export type { PendingReceipt } from './runtime/pending-receipt.interface.js';
export type { OutboxStats } from './ledger/outbox/outbox-sequencer.js';

export type { EventSigner } from './ledger/sealing/event-signer.interface.js';
export { StoreError } from './ledger/store.error.js';
export { SchemaMissingError } from './ledger/schema-missing.error.js';
export { LogAlgorithmError } from './ledger/ledger.errors.js';
export { QueueClosedError, SealTimeoutError, UnstorableEventError } from './ledger/queue/queue.errors.js';
export type { QueueStats } from './ledger/queue/event-queue.interface.js';
export type { AuditStats } from './runtime/audit-stats.interface.js';
export type { RestoredLog, RestoreStatement } from './runtime/restore.js';

export type { AuditEntry, AuditFilter, AuditPage, AuditPageQuery } from './reports/audit-query.interface.js';
export { InvalidAuditQueryError } from './reports/invalid-audit-query.error.js';

export type {
  InvalidLog,
  ValidLog,
  VerificationProgress,
  VerificationResult,
  VerifyOptions,
} from './verification/verifier/verification-result.interface.js';
export type { Finding, FindingClass, FindingReason } from './verification/verifier/finding.interface.js';
export { AuditHealthIndicator } from './audit.health-indicator.js';
export type { AuditHealth } from './audit.health-indicator.js';
export type { AuditVerdict, AuditVerifyOptions } from './verification/history/audit-verdict.interface.js';
export { AuditVerifier } from './verification/history/audit-verifier.js';
export type { AuditVerifierSettings } from './verification/history/audit-verifier.js';
export { exitCodeOf } from './verification/history/exit-code.js';
export { FileVerifierStateStore } from './verification/history/file.verifier-state-store.js';
export type { IntegrityViolation } from './verification/history/integrity-violation.interface.js';
export { VerifierStateError } from './verification/history/verifier-state.error.js';
export type { VerifierStateStore } from './verification/history/verifier-state-store.port.js';
export type { VerificationHealth } from './verification/job/job-health.interface.js';
export { VerificationOverdueError } from './verification/job/verification-overdue.error.js';
export { parseTrust, readTrustFile, trustKeys } from './verification/trust/parse-trust.js';
export { TrustError } from './verification/trust/trust.error.js';
export type { Trust, TrustedLogKey } from './verification/trust/trust.interface.js';
export type { TrustedEventKey } from './verification/verifier/signature-checker.js';

export type { Anchor } from './verification/anchors/anchor.port.js';
export { AnchorConflictError } from './verification/anchors/anchor-conflict.error.js';
export { DirectoryAnchor } from './verification/anchors/directory.anchor.js';
export type { CheckpointStatus } from './verification/checkpoints/checkpoint-status.interface.js';
export type { StoredCheckpoint } from './verification/checkpoints/checkpoint-store.port.js';
export type { CheckpointViolation } from './verification/checkpoints/checkpoint-violation.interface.js';
export { ProofUnavailableError } from './verification/checkpoints/proof-unavailable.error.js';
export type { AuditSigner } from './verification/signing/audit-signer.interface.js';
export { RestoreRefusedError } from './verification/signing/restore-refused.error.js';
export { SignerStateError } from './verification/signing/signer-state.error.js';
export { SigningKeyError } from './verification/signing/signing-key.error.js';
export { SigningRefusedError } from './verification/signing/signing-refused.error.js';

export {
  createSink,
  DeliveryConfigurationError,
  DeliveryItem,
  EmitterSink,
  FileSink,
  ImmutableLogSink,
  RequiredDeliveryError,
  S3Sink,
  SegmentVerifier,
  sinksFromEnvironment,
  StdoutSink,
  SyslogSink,
  UnknownSinkError,
  WebhookSink,
} from './delivery/index.js';
export type {
  AnchorCheckpoint,
  AnchorReceipt,
  AuditSink,
  ConfiguredSink,
  Deferred,
  Delivered,
  DeliveryContext,
  DeliveryMode,
  DeliveryPage,
  DeliveryReceipt,
  DeliveryResult,
  DeliveryStatus,
  EmitterSinkOptions,
  EventDelivery,
  FileSinkOptions,
  FlushFigures,
  FlushResult,
  ImmutableLogOptions,
  ReceiptFilter,
  ReceiptStatus,
  RedriveSelection,
  Rejected,
  RemoteReceipt,
  Retention,
  RetryPolicy,
  RouteFilter,
  RouteFunction,
  S3Options,
  SegmentProblem,
  SinkDefinition,
  SinkDispatchOptions,
  SinkFailure,
  SinkMemory,
  SinkStatus,
  StdoutSinkOptions,
  SyslogOptions,
  Transient,
  WebhookOptions,
} from './delivery/index.js';

export { AUDIT_ENTITIES } from './storage/typeorm/entities/index.js';
export { AUDIT_MIGRATIONS } from './storage/typeorm/migrations/index.js';
