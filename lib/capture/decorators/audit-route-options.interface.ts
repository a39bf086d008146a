import type { Severity } from '../../event/audit-event.interface.js';
import type { Durability } from '../event-recorder.port.js';

/** What functions in `@Audit()` get. Read it, don't change it. @publicApi */
export interface AuditRouteContext {
  /** The platform's request (Express or Fastify), the GraphQL context's request, the RPC payload or the socket. */
  readonly request: unknown;
  readonly params: Readonly<Record<string, unknown>>;
  /** As the platform parsed it; for GraphQL the arguments. */
  readonly body: unknown;
  /** What the handler returned, if it returned; never a stream. */
  readonly response: unknown;
  /** HTTP status; undefined in other contexts and when the client went away. */
  readonly status: number | undefined;
}

/** Where a resource's id is found: a route parameter, a dotted path into the body or into the handler's result. */
export type ResourceIdSource =
  | { readonly param: string }
  | { readonly body: string }
  | { readonly response: string }
  | ((context: AuditRouteContext) => string | number | undefined);

/**
 * How a route is recorded. Given on a controller and on a handler the two are merged, the handler's values first.
 *
 * @publicApi
 */
export interface AuditRouteOptions {
  /** @default `<resource>.<verb>`, e.g. `invoice.delete` */
  readonly action?: string;
  readonly resource?: {
    /** @default the singular of the controller's path */
    readonly type?: string;
    /** @default `{ param: 'id' }` */
    readonly id?: ResourceIdSource;
  };
  /** @default by status: error from 500, warning from 400, info for 3xx, success for 2xx */
  readonly severity?: Severity;
  /** @default the module's `durability` */
  readonly durability?: Durability;
  /** Record what was sent: body, query, parameters, headers. @default the module's `http.captureRequest` */
  readonly captureRequest?: boolean;
  /** Record the handler's result; never streams. @default the module's `http.captureResponse` */
  readonly captureResponse?: boolean;
  /** Added to the event's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>> | ((context: AuditRouteContext) => Record<string, unknown>);
  /** Grouping key for outside ledgers. */
  readonly trail?: string;
}
