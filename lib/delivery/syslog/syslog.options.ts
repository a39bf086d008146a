import type { TlsOptions } from '../http/http-client.js';
import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';

/** Options of the syslog sink. */
export interface SyslogOptions extends SinkDispatchOptions {
  /** @default 'syslog' */
  readonly name?: string;
  readonly host: string;
  /** @default 6514 with TLS, 601 without */
  readonly port?: number;
  /** @default 'tls' */
  readonly transport?: 'tls' | 'tcp';
  readonly tls?: TlsOptions;
  /** 0–23. @default 13 (log audit) */
  readonly facility?: number;
  /**
   * Your IANA private enterprise number. With it each message carries id, index, hash and outcome of the event as
   * structured data `audit@<number>`, which no truncation touches.
   * @default none
   */
  readonly enterpriseId?: number;
  /** @default the host in the event's `service.instance` */
  readonly hostname?: string;
  /** Octets of one message; longer ones lose the end of their text. At least 2048. @default 8192 */
  readonly maxMessageBytes?: number;
  /**
   * What counts as delivered. Syslog has no acknowledgement. `close`: the receiver has read everything and closed its
   * end, one connection a batch. `write`: our own system took the bytes; what was under way when a connection breaks
   * is lost.
   * @default 'close'
   */
  readonly acknowledge?: 'close' | 'write';
  /** For connecting, sending and being acknowledged, in milliseconds. @default 10000 */
  readonly requestTimeoutMs?: number;
}

export const SYSLOG_OPTIONS = [
  'host',
  'port',
  'transport',
  'tls',
  'facility',
  'enterpriseId',
  'hostname',
  'maxMessageBytes',
  'acknowledge',
  'requestTimeoutMs',
] as const satisfies readonly (keyof SyslogOptions)[];
