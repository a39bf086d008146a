import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';
import type { TlsOptions } from '../http/http-client.js';

/** Options of the ImmutableLog sink. An option given in code goes before the environment. */
export interface ImmutableLogOptions extends SinkDispatchOptions {
  /** @default 'immutablelog' */
  readonly name?: string;
  /** Base URL. Environment: `IMMUTABLELOG_URL`, else `IMTBL_URL`. @default 'https://api.immutablelog.com' */
  readonly url?: string;
  /** Bearer key (`iml_live_…`). Environment: `IMMUTABLELOG_API_KEY`, else `IMTBL_API_KEY`. Required. */
  readonly apiKey?: string;
  /** Label of the environment, `meta.env`. Environment: `IMMUTABLELOG_ENV`, else `IMTBL_ENV`. @default none */
  readonly env?: string;
  /**
   * Requests at once. 1 keeps the order; with more, events may overtake each other within so many. @default 1
   */
  readonly concurrency?: number;
  /** From the first byte sent to the last received, in milliseconds. @default 15000 */
  readonly requestTimeoutMs?: number;
  /** Accept plain HTTP to other machines. @default false */
  readonly allowHttp?: boolean;
  readonly tls?: TlsOptions;
}

export const IMMUTABLE_LOG_OPTIONS = [
  'url',
  'apiKey',
  'env',
  'concurrency',
  'requestTimeoutMs',
  'allowHttp',
  'tls',
] as const satisfies readonly (keyof ImmutableLogOptions)[];
