import type { IncomingMessage, ServerResponse } from 'node:http';

/*
 * What is needed of Express and Fastify, by structure, so that neither is imported.
 */

/** A request as a guard or an interceptor gets it: Express's own object is the raw one, Fastify's wraps it. */
export interface PlatformRequest {
  /** Fastify only. */
  readonly raw?: IncomingMessage;
  /** By the platform's trust-proxy setting. */
  readonly ip?: string;
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Express: the matched route. */
  readonly route?: { readonly path?: unknown };
  /** Express: the path under which a router is mounted. */
  readonly baseUrl?: string;
  /** Fastify: the matched route. */
  readonly routeOptions?: { readonly url?: string };
  /** express-session. */
  readonly sessionID?: unknown;
  readonly session?: unknown;
  readonly [property: string]: unknown;
}

/** Fastify's reply, of which only the headers that it keeps to itself until it sends them are read. */
export interface PlatformReply {
  getHeader?(name: string): unknown;
}

export type RawRequest = IncomingMessage;
export type RawResponse = ServerResponse;

/** The Node request behind a platform's one. */
export function rawOf(request: PlatformRequest | RawRequest): RawRequest {
  return (request as PlatformRequest).raw ?? (request as RawRequest);
}

/**
 * The pattern of the route that the platform's router has chosen, if it has.
 * @param isWrapped whether it is Fastify's request around the raw one
 */
export function routedPath(request: PlatformRequest, isWrapped: boolean): string | undefined {
  if (isWrapped && request.routeOptions?.url !== undefined) return request.routeOptions.url;
  const { route } = request;
  return typeof route?.path === 'string' ? (request.baseUrl ?? '') + route.path : undefined;
}
