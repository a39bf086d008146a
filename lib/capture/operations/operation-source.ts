import type { ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { PlatformRequest } from '../http/http-platform.interface.js';

/** Kinds of contexts besides HTTP in which the interceptor records by itself. */
export type OperationKind = 'graphql' | 'rpc' | 'ws';

/** What an operation looks like from outside; all of it by structure, so that none of the packages is imported. */
export interface OperationSource {
  readonly kind: OperationKind;
  /** `query`, `mutation`, `subscription`; undefined for fields of objects and for messages. */
  readonly graphqlOperation: string | undefined;
  /** Name within its kind; bounded by the code, not by the caller. */
  readonly name: string;
  /** GraphQL: the context's request. RPC: the payload. WebSocket: the socket. */
  readonly request: unknown;
  readonly headers: IncomingHttpHeaders;
  /** Arguments or message. */
  readonly input: unknown;
  /** Unique to this call; by it a call is recognised that a guard and then the interceptor see. */
  readonly key: object | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

interface GraphqlInfo {
  readonly fieldName?: unknown;
  readonly parentType?: { readonly name?: unknown };
  readonly operation?: { readonly operation?: unknown; readonly name?: { readonly value?: unknown } };
  readonly schema?: { getQueryType?(): unknown; getMutationType?(): unknown; getSubscriptionType?(): unknown };
}

/** @returns undefined for a kind of context that is not known: it is none of our business */
export function operationSourceOf(context: ExecutionContext): OperationSource | undefined {
  switch (context.getType<string>()) {
    case 'graphql':
      return graphqlSource(context);
    case 'rpc':
      return messageSource(context, 'rpc', {});
    case 'ws':
      return messageSource(context, 'ws', handshakeHeaders(context.getArgByIndex(0)));
    default:
      return undefined;
  }
}

/** Arguments of a resolver: root, args, context, info. */
function graphqlSource(context: ExecutionContext): OperationSource {
  const info = context.getArgByIndex<GraphqlInfo | undefined>(3);
  const request = graphqlRequest(context.getArgByIndex(2));
  const operationName = info?.operation?.name?.value;
  return {
    kind: 'graphql',
    graphqlOperation: isRootField(info) ? String(info?.operation?.operation ?? 'query') : undefined,
    name: typeof info?.fieldName === 'string' ? info.fieldName : context.getHandler().name,
    request,
    headers: (request as { headers?: IncomingHttpHeaders } | undefined)?.headers ?? {},
    input: context.getArgByIndex(1),
    key: info,
    metadata: typeof operationName === 'string' ? { graphqlOperation: operationName } : undefined,
  };
}

/** The HTTP request of a GraphQL context: where Apollo, Yoga and Mercurius put it. */
function graphqlRequest(context: unknown): unknown {
  if (typeof context !== 'object' || context === null) return undefined;
  const { req, request, reply } = context as Record<string, unknown>;
  return req ?? request ?? (reply as PlatformRequest | undefined)?.['request'];
}

/** A field of `Query`, `Mutation` or `Subscription`; those of other types belong to an operation that is recorded. */
function isRootField(info: GraphqlInfo | undefined): boolean {
  const { parentType, schema } = info ?? {};
  const roots = [schema?.getQueryType?.(), schema?.getMutationType?.(), schema?.getSubscriptionType?.()];
  if (roots.some((root) => root !== undefined && root !== null)) return roots.includes(parentType);
  return ['Query', 'Mutation', 'Subscription'].includes(String(parentType?.name));
}

function messageSource(context: ExecutionContext, kind: 'rpc' | 'ws', headers: IncomingHttpHeaders): OperationSource {
  const [first, second] = context.getArgs<[unknown, unknown]>();
  return {
    kind,
    graphqlOperation: undefined,
    name: `${context.getClass().name}.${context.getHandler().name}`,
    request: first,
    headers,
    input: kind === 'ws' ? second : first,
    key: undefined,
    metadata: undefined,
  };
}

/** Headers of the request by which a socket was opened: socket.io keeps them, `ws` hands them to the gateway. */
function handshakeHeaders(socket: unknown): IncomingHttpHeaders {
  if (typeof socket !== 'object' || socket === null) return {};
  const { handshake, upgradeReq } = socket as Record<string, { headers?: IncomingHttpHeaders } | undefined>;
  return handshake?.headers ?? upgradeReq?.headers ?? {};
}
