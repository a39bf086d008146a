import 'reflect-metadata';
import { AUDIT_METADATA, SKIP_AUDIT_METADATA } from '../../audit.constants.js';
import type { AuditRouteOptions } from '../decorators/audit-route-options.interface.js';
import { resourceTypeOf } from './resource-name.js';

/** Metadata keys of `@nestjs/common`, which exports them on no stable path. */
const PATH = 'path';
const SSE = '__sse__';

export type HandlerFunction = (...args: never[]) => unknown;
export type ControllerClass = abstract new (...args: never[]) => unknown;

/** All that is known of a handler before a request comes; computed once. */
export interface HandlerFacts {
  readonly controller: ControllerClass;
  readonly handler: HandlerFunction;
  /** `InvoicesController.remove` */
  readonly name: string;
  /** `@SkipAudit()` applies. */
  readonly skip: boolean;
  /** `@Audit()` applies, so that it is recorded whatever its method. */
  readonly explicit: boolean;
  /** `@Audit()` of handler and controller, merged. */
  readonly options: AuditRouteOptions;
  readonly resourceType: string;
  readonly isSse: boolean;
  /** Some of the options are functions of the application. */
  readonly asksApplication: boolean;
}

export function readHandlerFacts(controller: ControllerClass, handler: HandlerFunction): HandlerFacts {
  const onHandler = Reflect.getMetadata(AUDIT_METADATA, handler) as AuditRouteOptions | undefined;
  const onController = Reflect.getMetadata(AUDIT_METADATA, controller) as AuditRouteOptions | undefined;
  const options = mergeOptions(onController, onHandler);
  const skipsHandler = Reflect.getMetadata(SKIP_AUDIT_METADATA, handler) === true;
  const skipsController = Reflect.getMetadata(SKIP_AUDIT_METADATA, controller) === true;
  return {
    controller,
    handler,
    name: `${controller.name}.${handler.name}`,
    skip: skipsHandler || (skipsController && onHandler === undefined),
    explicit: onHandler !== undefined || onController !== undefined,
    options,
    resourceType: options.resource?.type ?? resourceTypeOf(pathOf(controller), pathOf(handler), controller.name),
    isSse: Reflect.getMetadata(SSE, handler) === true,
    asksApplication: typeof options.metadata === 'function' || typeof options.resource?.id === 'function',
  };
}

function mergeOptions(outer: AuditRouteOptions = {}, inner: AuditRouteOptions = {}): AuditRouteOptions {
  const { metadata: outerMetadata } = outer;
  const { metadata: innerMetadata } = inner;
  return {
    ...outer,
    ...inner,
    ...(outer.resource || inner.resource ? { resource: { ...outer.resource, ...inner.resource } } : {}),
    ...(typeof outerMetadata === 'object' && typeof innerMetadata === 'object'
      ? { metadata: { ...outerMetadata, ...innerMetadata } }
      : {}),
  };
}

function pathOf(target: object): string {
  const path: unknown = Reflect.getMetadata(PATH, target);
  if (typeof path === 'string') return path;
  return Array.isArray(path) && typeof path[0] === 'string' ? path[0] : '';
}
