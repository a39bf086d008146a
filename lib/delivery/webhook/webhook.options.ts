import type { TlsOptions } from '../http/http-client.js';
import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';

/** Options of the webhook sink. */
export interface WebhookOptions extends SinkDispatchOptions {
  /** @default 'webhook' */
  readonly name?: string;
  readonly url: string;
  /**
   * Keys of the endpoint: `whsec_…` signs with HMAC-SHA256 (v1), `whsk_…` with Ed25519 (v1a). Each request is signed
   * with all of them, so that a key can be replaced: add the new one, let the receiver learn it, remove the old one.
   */
  readonly secrets: readonly string[];
  /** `single`: one request an event; `batch`: many events in one request. @default 'single' */
  readonly format?: 'single' | 'batch';
  /** Requests at once, with `single`. 1 keeps the order. @default 1 */
  readonly concurrency?: number;
  /** Further headers, e.g. `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Addresses and networks that are no public ones but may be sent to, e.g. `['10.1.0.0/16']`. @default [] */
  readonly allowAddresses?: readonly string[];
  /** Accept plain HTTP to other machines. @default false */
  readonly allowHttp?: boolean;
  /** From the first byte sent to the last received, in milliseconds. @default 20000 */
  readonly requestTimeoutMs?: number;
  readonly tls?: TlsOptions;
}

export const WEBHOOK_OPTIONS = [
  'url',
  'secrets',
  'format',
  'concurrency',
  'headers',
  'allowAddresses',
  'allowHttp',
  'requestTimeoutMs',
  'tls',
] as const satisfies readonly (keyof WebhookOptions)[];
