import { RequestMethod } from '@nestjs/common';
import type { Durability } from '../event-recorder.port.js';
import type { HandlerFacts } from '../handler/handler-facts.js';
import { compilePattern, paramsOf, staticPrefix } from './route-pattern.js';
import type { RoutePattern } from './route-pattern.js';

const ANY_METHOD = 'ALL';

/** One path of one handler. */
export interface Route {
  /** Upper case; `ALL` for every method. */
  readonly method: string;
  /** As registered with the platform's router. */
  readonly path: string;
  readonly facts: HandlerFacts;
}

/** The route that a request would have come to, had it got that far. */
export interface GuessedRoute {
  readonly path: string;
  readonly facts: HandlerFacts;
  readonly params: Readonly<Record<string, string>>;
}

interface CompiledRoute extends Route {
  readonly pattern: RoutePattern;
  readonly prefix: string;
}

/** The application's routes and their handlers, for requests that end before Nest tells which handler they are for. */
export class RouteTable {
  private readonly byKey = new Map<string, HandlerFacts>();
  private readonly routes: CompiledRoute[];
  private readonly waiting: CompiledRoute[];

  /** @param durability of handlers that don't say so themselves */
  constructor(
    routes: readonly Route[],
    private readonly durability: Durability,
  ) {
    this.routes = routes.map((route) => ({
      ...route,
      pattern: compilePattern(route.path),
      prefix: staticPrefix(route.path),
    }));
    for (const { method, path, facts } of routes) {
      const key = `${method} ${path}`;
      if (!this.byKey.has(key)) this.byKey.set(key, facts);
    }
    this.waiting = this.routes.filter(
      ({ facts }) => !facts.skip && (facts.options.durability ?? durability) !== 'async',
    );
  }

  /** The handler of the route that the platform's router has chosen. */
  find(method: string, path: string): HandlerFacts | undefined {
    return (
      this.byKey.get(`${method} ${path}`) ??
      (method === 'HEAD' ? this.byKey.get(`GET ${path}`) : undefined) ??
      this.byKey.get(`${ANY_METHOD} ${path}`)
    );
  }

  /** The first route that a path would have come to, had the request got as far as the router. */
  guess(method: string, path: string): GuessedRoute | undefined {
    for (const route of this.routes) {
      const params = serves(route, method) ? paramsOf(route.pattern, path) : undefined;
      if (params !== undefined) return { path: route.path, facts: route.facts, params };
    }
    return undefined;
  }

  /**
   * Whether the answer to a request may have to wait until its event is sealed. Errs on the side of yes: a path that
   * is encoded in an unusual way is one that a router may decode.
   */
  mayWait(method: string, path: string): boolean {
    if (this.durability !== 'async') return true;
    if (this.waiting.length === 0) return false;
    if (path.includes('%') || !path.startsWith('/')) return true;
    const lower = path.toLowerCase();
    return this.waiting.some(
      (route) => serves(route, method) && (lower.startsWith(route.prefix) || `${lower}/` === route.prefix),
    );
  }
}

function serves({ method: served }: Route, method: string): boolean {
  return served === method || served === ANY_METHOD || (served === 'GET' && method === 'HEAD');
}

/** The name of a method from Nest's metadata. */
export function methodName(method: RequestMethod | undefined): string {
  return RequestMethod[method ?? RequestMethod.GET] ?? ANY_METHOD;
}
