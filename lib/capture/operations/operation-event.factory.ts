import type { AuditEvent, Severity } from '../../event/audit-event.interface.js';
import { formatTimestamp, wallClock } from '../../event/timestamp.js';
import type { CaptureOptions } from '../capture-options.interface.js';
import { reportFailure } from '../capture-failure.js';
import type { CaptureFailureHandler } from '../capture-failure.js';
import { contextOf } from '../context/audit-context.js';
import type { AuditRouteContext } from '../decorators/audit-route-options.interface.js';
import { errorFacts } from '../error-facts.js';
import { locateResourceId } from '../handler/resource-locator.js';
import { isStream } from '../http/exchange-bodies.js';
import { severityOf } from '../http/exchange-outcome.js';
import type { BodySnapshot } from '../http/body-snapshot.js';
import { lacksTenant, withoutTenant } from '../tenant/missing-tenant.js';
import { operationOutcome } from './operation-outcome.js';
import type { Operation } from './operation.js';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Puts the event of a GraphQL operation, a message or a socket event together. */
export class OperationEventFactory {
  constructor(
    private readonly options: Pick<CaptureOptions, 'http' | 'tenant'>,
    private readonly bodies: BodySnapshot,
    private readonly onFailure: CaptureFailureHandler,
  ) {}

  /** @param operation settled, so that its actor and tenant are known */
  build(operation: Operation): AuditEvent {
    const { annotation, handler, source } = operation;
    const { options } = handler;
    const { outcome, reason } = operationOutcome(operation);
    const event: Mutable<AuditEvent> = {
      action: annotation?.action ?? options.action ?? `${source.kind}.${source.name}`,
      outcome: annotation?.outcome ?? outcome,
      severity: this.severityOf(operation, annotation?.outcome ?? outcome),
      actor: operation.actor ?? { type: 'anonymous' },
      occurredAt: formatTimestamp(wallClock() - (performance.now() - operation.startedAt)),
      context: { ...contextOf(operation), ...(options.trail === undefined ? {} : { trail: options.trail }) },
    };
    if (operation.tenant !== undefined) event.tenant = operation.tenant;
    const resource = annotation?.resource ?? this.resourceOf(operation);
    if (resource !== undefined) event.resource = resource;
    if (annotation?.reason !== undefined || reason !== undefined) event.reason = annotation?.reason ?? reason;
    if (operation.input !== undefined) event.request = { body: operation.input };
    if ((options.captureResponse ?? this.options.http.captureResponse) && isPlainResult(operation.result)) {
      event.response = { body: this.bodies.take(operation.result, 'response.body') };
    }
    if (operation.error !== undefined) event.error = errorFacts(operation.error);
    const client = clientSection(operation);
    if (client !== undefined) event.client = client;
    const metadata = this.metadataOf(operation);
    if (Object.keys(metadata).length > 0) event.metadata = metadata;
    return this.options.tenant.required && lacksTenant(event)
      ? withoutTenant(event, (error) => reportFailure(this.onFailure, error, 'tenant'))
      : event;
  }

  private severityOf({ annotation, handler }: Operation, outcome: AuditEvent['outcome']): Severity {
    return annotation?.severity ?? handler.options.severity ?? severityOf(undefined, outcome ?? 'success');
  }

  private resourceOf(operation: Operation): AuditEvent['resource'] {
    const { resource } = operation.handler.options;
    if (resource === undefined) return undefined;
    const id = this.guarded('resource id', () =>
      locateResourceId(
        resource.id,
        () => contextFor(operation).params,
        () => contextFor(operation),
      ),
    );
    const type = operation.handler.resourceType;
    return id === undefined ? { type } : { type, id };
  }

  private metadataOf(operation: Operation): Record<string, unknown> {
    const given = operation.handler.options.metadata;
    const own = typeof given === 'function' ? this.guarded('metadata', () => given(contextFor(operation))) : given;
    return { ...operation.source.metadata, ...operation.metadata, ...own, ...operation.annotation?.metadata };
  }

  private guarded<Result>(where: string, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      reportFailure(this.onFailure, error, where);
      return undefined;
    }
  }
}

/** The arguments stand for both, parameters and body. */
function contextFor({ source, result }: Operation): AuditRouteContext {
  const params = typeof source.input === 'object' && source.input !== null ? source.input : {};
  return {
    request: source.request,
    params: params as Readonly<Record<string, unknown>>,
    body: source.input,
    response: result,
    status: undefined,
  };
}

function clientSection(operation: Operation): Record<string, unknown> | undefined {
  const ip = operation.clientAddress;
  const userAgent = operation.headers['user-agent'];
  if (ip === undefined && userAgent === undefined) return undefined;
  return { ...(ip === undefined ? {} : { ip }), ...(userAgent === undefined ? {} : { userAgent }) };
}

function isPlainResult(result: unknown): boolean {
  return result !== undefined && !isStream(result);
}
