import { MetadataScanner } from '@nestjs/core';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { CaptureOptions } from '../capture-options.interface.js';
import type { HandlerFacts } from '../handler/handler-facts.js';

/** Metadata keys of `@UseFilters()` and `@UseInterceptors()`. */
const FILTERS = '__exceptionFilters__';
const INTERCEPTORS = '__interceptors__';
/** Metadata of handlers that are no HTTP routes. */
const OTHER_CONTEXTS = /^(?:graphql|microservices|websockets):/;

/**
 * Whether the capture needs an interceptor. A first interceptor makes Nest send every request through a chain of
 * observables, which costs about as much as the whole capture; so there is none unless
 * - the application has interceptors anyway, whose errors and time-outs only an outer interceptor sees,
 * - routes have exception filters of their own, which are asked before ours,
 * - handlers' results are to be recorded or looked at,
 * - there are GraphQL operations, messages or socket events,
 * - controllers are made for each request.
 */
export function needsInterceptor(
  application: ApplicationConfig,
  modules: ModulesContainer,
  handlers: readonly HandlerFacts[],
  { http }: Pick<CaptureOptions, 'http'>,
): boolean {
  return (
    application.getGlobalInterceptors().length > 0 ||
    application.getGlobalRequestInterceptors().length > 0 ||
    application.getGlobalRequestFilters().length > 0 ||
    application.getGlobalRequestGuards().length > 0 ||
    http.captureResponse ||
    handlers.some(needsResult) ||
    handlers.some(({ controller, handler }) => hasEnhancers(controller) || hasEnhancers(handler)) ||
    hasControllersPerRequest(modules) ||
    hasOtherContexts(modules)
  );
}

function needsResult({ options }: HandlerFacts): boolean {
  const { resource, metadata, captureResponse } = options;
  const id = resource?.id;
  return (
    captureResponse === true ||
    typeof metadata === 'function' ||
    typeof id === 'function' ||
    (id !== undefined && 'response' in id)
  );
}

function hasEnhancers(target: object): boolean {
  return Reflect.hasMetadata(FILTERS, target) || Reflect.hasMetadata(INTERCEPTORS, target);
}

function hasControllersPerRequest(modules: ModulesContainer): boolean {
  for (const { controllers } of modules.values()) {
    for (const controller of controllers.values()) if (!controller.isDependencyTreeStatic()) return true;
  }
  return false;
}

/**
 * Whether there are handlers of GraphQL operations, messages or socket events. Known as soon as modules are scanned:
 * interceptors of microservices and gateways are looked up long before those of routes.
 */
export function hasOtherContexts(modules: ModulesContainer): boolean {
  const scanner = new MetadataScanner();
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype } of [...controllers.values(), ...providers.values()]) {
      if (hasForeignHandlers(metatype, scanner)) return true;
    }
  }
  return false;
}

function hasForeignHandlers(metatype: unknown, scanner: MetadataScanner): boolean {
  // Factories and values have functions or nothing here, and neither has decorated methods.
  if (typeof metatype !== 'function' || typeof metatype.prototype !== 'object' || metatype.prototype === null)
    return false;
  if (isForeign(metatype)) return true;
  const prototype = metatype.prototype as Record<string, object>;
  return scanner.getAllMethodNames(prototype).some((name) => isForeign(prototype[name]));
}

function isForeign(target: object): boolean {
  return Reflect.getMetadataKeys(target).some((key: unknown) => typeof key === 'string' && OTHER_CONTEXTS.test(key));
}
