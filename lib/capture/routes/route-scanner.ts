import type { RequestMethod } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { ControllerClass, HandlerFunction } from '../handler/handler-facts.js';
import type { HandlerRegistry } from '../handler/handler-registry.js';
import { routePathsOf } from './route-paths.js';
import type { RouteParts } from './route-paths.js';
import { methodName } from './route-table.js';
import type { Route } from './route-table.js';

/** Metadata keys of `@nestjs/common`, which exports them on no stable path. */
const PATH = 'path';
const METHOD = 'method';
const VERSION = '__version__';
const MODULE_PATH = '__module_path__';

/**
 * Lists the routes of all controllers under the paths that Nest registers them with. Legacy wildcards, which an
 * adapter rewrites with a warning, are left as they are: those routes are found by their pattern.
 */
export class RouteScanner {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly registry: HandlerRegistry,
  ) {}

  scan(): Route[] {
    const routes: Route[] = [];
    for (const module of this.modules.values()) {
      const modulePath = this.modulePath(module.metatype);
      for (const { metatype } of module.controllers.values()) {
        if (typeof metatype !== 'function') continue;
        routes.push(...this.routesOf(metatype as ControllerClass, modulePath));
      }
    }
    return routes;
  }

  private routesOf(controller: ControllerClass, modulePath: string): Route[] {
    const prototype = controller.prototype as Record<string, HandlerFunction>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const handlerPaths = pathsOf(handler);
      if (handlerPaths === undefined) return [];
      const method = methodName(Reflect.getMetadata(METHOD, handler) as RequestMethod | undefined);
      const facts = this.registry.get(controller, handler);
      const parts = this.partsOf(controller, handler, modulePath, handlerPaths);
      return routePathsOf(parts).map((path) => ({ method, path, facts }));
    });
  }

  private partsOf(
    controller: ControllerClass,
    handler: HandlerFunction,
    modulePath: string,
    handlerPaths: readonly string[],
  ): RouteParts {
    const versioning = this.config.getVersioning();
    const version: unknown =
      Reflect.getMetadata(VERSION, handler) ?? Reflect.getMetadata(VERSION, controller) ?? versioning?.defaultVersion;
    return {
      globalPrefix: this.config.getGlobalPrefix() ?? '',
      hasPrefixExclusions: (this.config.getGlobalPrefixOptions()?.exclude ?? []).length > 0,
      versioning,
      versions: version === undefined ? [] : ([version].flat() as unknown as RouteParts['versions']),
      modulePath,
      controllerPaths: pathsOf(controller) ?? [''],
      handlerPaths,
    };
  }

  private modulePath(module: object): string {
    const own: unknown = Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, module);
    const path: unknown = own ?? Reflect.getMetadata(MODULE_PATH, module);
    return typeof path === 'string' ? path : '';
  }
}

function pathsOf(target: object): string[] | undefined {
  const path: unknown = Reflect.getMetadata(PATH, target);
  if (typeof path === 'string') return [path];
  return Array.isArray(path) ? path.filter((item) => typeof item === 'string') : undefined;
}
