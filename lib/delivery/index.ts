export type {
  AnchorCheckpoint,
  AnchorReceipt,
  AuditSink,
  ConfiguredSink,
  DeliveryContext,
  SinkMemory,
} from './audit-sink.interface.js';
export { createSink, sinksFromEnvironment } from './create-sink.js';
export type { SinkDefinition } from './create-sink.js';
export type { DeliveryAlarm, DeliveryAlarmKind } from './delivery-alarm.js';
export { DeliveryItem } from './delivery-item.js';
export type {
  Deferred,
  Delivered,
  DeliveryResult,
  Rejected,
  RemoteReceipt,
  SinkFailure,
  Transient,
} from './delivery-result.js';
export { DeliveryService } from './delivery.service.js';
export { DeliveryConfigurationError, RequiredDeliveryError, UnknownSinkError } from './delivery.errors.js';
export type { DeliveryReceipt, ReceiptFilter, ReceiptStatus, RedriveSelection } from './delivery-store.port.js';
export type { SinkDispatchOptions } from './sink-dispatch-options.interface.js';
export type { RetryPolicy } from './retry/index.js';
export type { RouteFilter, RouteFunction } from './routing/route.interface.js';
export type {
  DeliveryStatus,
  EventDelivery,
  FlushFigures,
  FlushResult,
  SinkStatus,
} from './service/delivery-status.interface.js';
export type { DeliveryMode } from './service/mode.js';
export type { DeliveryPage } from './service/sink-queries.js';
export { ImmutableLogSink } from './immutable-log/immutable-log.sink.js';
export type { ImmutableLogOptions } from './immutable-log/immutable-log.options.js';
export { WebhookSink } from './webhook/webhook.sink.js';
export type { WebhookOptions } from './webhook/webhook.options.js';
export { S3Sink } from './s3/s3.sink.js';
export type { S3Options } from './s3/s3.options.js';
export type { Retention } from './s3/retention.js';
export { SegmentVerifier } from './s3/segment-verifier.js';
export type { SegmentProblem } from './s3/segment-verifier.js';
export { SyslogSink } from './syslog/syslog.sink.js';
export type { SyslogOptions } from './syslog/syslog.options.js';
export { FileSink } from './lines/file.sink.js';
export type { FileSinkOptions } from './lines/file.sink.js';
export { StdoutSink } from './lines/stdout.sink.js';
export type { StdoutSinkOptions } from './lines/stdout.sink.js';
export { EmitterSink } from './in-process/emitter.sink.js';
export type { EmitterSinkOptions } from './in-process/emitter.sink.js';
