import type { IncomingHttpHeaders } from 'node:http';
import type { TokenVerdict } from './jwt-verification.interface.js';

/** Whoever makes a request, as far as a resolver needs to see. */
export interface Caller {
  /** `http`, `graphql`, `rpc`, `ws`. */
  readonly type: string;
  /** The platform's request: Express or Fastify request, RPC payload, socket. */
  readonly request: unknown;
  readonly headers: IncomingHttpHeaders;
  /** What came of the token, so that it is verified at most once. */
  verdict: TokenVerdict | Promise<TokenVerdict> | undefined;
  /** A property that a guard or a middleware may have put on the request. Unreadable counts as absent. */
  property(name: string): unknown;
}
