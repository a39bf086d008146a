/** What the application's own resolvers of actor and tenant get. */
export interface ResolverContext {
  /** `http`, `rpc`, `ws`, `graphql`. */
  readonly type: string;
  /** The platform's request: Express or Fastify request, RPC payload, socket. */
  readonly request: unknown;
  /** What a guard left on the request under `actor.userProperty`. */
  readonly user?: unknown;
  /** Claims of a token that was verified. */
  readonly claims?: Readonly<Record<string, unknown>>;
}
