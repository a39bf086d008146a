import type { ConfiguredSink } from './audit-sink.interface.js';
import { DeliveryConfigurationError } from './delivery.errors.js';
import { ImmutableLogSink } from './immutable-log/immutable-log.sink.js';
import type { ImmutableLogOptions } from './immutable-log/immutable-log.options.js';
import { EmitterSink } from './in-process/emitter.sink.js';
import type { EmitterSinkOptions } from './in-process/emitter.sink.js';
import { FileSink } from './lines/file.sink.js';
import type { FileSinkOptions } from './lines/file.sink.js';
import { StdoutSink } from './lines/stdout.sink.js';
import type { StdoutSinkOptions } from './lines/stdout.sink.js';
import { S3Sink } from './s3/s3.sink.js';
import type { S3Options } from './s3/s3.options.js';
import { SyslogSink } from './syslog/syslog.sink.js';
import type { SyslogOptions } from './syslog/syslog.options.js';
import { WebhookSink } from './webhook/webhook.sink.js';
import type { WebhookOptions } from './webhook/webhook.options.js';

/** A sink as plain data, e.g. from a JSON file. */
export type SinkDefinition =
  | ({ readonly type: 'immutablelog' } & ImmutableLogOptions)
  | ({ readonly type: 'webhook' } & WebhookOptions)
  | ({ readonly type: 's3' } & S3Options)
  | ({ readonly type: 'syslog' } & SyslogOptions)
  | ({ readonly type: 'file' } & FileSinkOptions)
  | ({ readonly type: 'stdout' } & StdoutSinkOptions)
  | ({ readonly type: 'emitter' } & EmitterSinkOptions);

type Builders = {
  [Type in SinkDefinition['type']]: (options: Extract<SinkDefinition, { type: Type }>) => ConfiguredSink;
};

const BUILDERS: Builders = {
  immutablelog: (options) => new ImmutableLogSink(options),
  webhook: (options) => new WebhookSink(options),
  s3: (options) => new S3Sink(options),
  syslog: (options) => new SyslogSink(options),
  file: (options) => new FileSink(options),
  stdout: (options) => new StdoutSink(options),
  emitter: (options) => new EmitterSink(options),
};

/**
 * Makes a sink from plain data.
 *
 * @throws DeliveryConfigurationError for an unknown type or option
 * @publicApi
 */
export function createSink(definition: SinkDefinition): ConfiguredSink {
  const { type } = definition;
  if (typeof type === 'string' && Object.hasOwn(BUILDERS, type)) return BUILDERS[type](definition as never);
  const known = Object.keys(BUILDERS).join(', ');
  throw new DeliveryConfigurationError(`There is no sink of type ${JSON.stringify(type)}. Types are: ${known}.`);
}

/**
 * The sinks that the environment alone describes: ImmutableLog, if `IMMUTABLELOG_API_KEY` (or `IMTBL_API_KEY`) is set.
 *
 * @publicApi
 */
export function sinksFromEnvironment(environment: NodeJS.ProcessEnv = process.env): ConfiguredSink[] {
  const hasKey = Boolean(environment.IMMUTABLELOG_API_KEY || environment.IMTBL_API_KEY);
  return hasKey ? [new ImmutableLogSink({}, environment)] : [];
}
