import type { ActorOptions } from '../../config/actor.options.js';
import type { Resolved } from '../../config/option-section.js';
import type { Actor } from '../../event/audit-event.interface.js';
import type { CaptureFailureHandler } from '../capture-failure.js';
import { reportFailure } from '../capture-failure.js';
import { ActorMapper } from './actor-mapper.js';
import type { Identity } from './actor-mapper.js';
import type { Caller } from './caller.interface.js';
import type { Claims, TokenVerdict } from './jwt-verification.interface.js';
import { JwtVerifier } from './jwt-verifier.js';
import { decodeClaims, looksLikeJwt } from './token-decoder.js';
import { bearerToken, cookieValue } from './token-source.js';

/** Who is calling, and the claims that were verified on the way. */
export interface ResolvedCaller extends Identity {
  /** Of the verified token, or the user that a guard left on the request. */
  readonly claims?: Claims;
}

const ANONYMOUS: ResolvedCaller = { actor: { type: 'anonymous' } };
const TOKEN_NOT_LOOKED_AT: TokenVerdict = { verified: false, reason: 'not_verified', unverified: undefined };

/**
 * Finds out who is calling: the application's own resolver, else the user that a guard has verified, else a token that
 * verifies here. Nothing else is ever an identity.
 */
export class ActorResolver {
  private readonly mapper: ActorMapper;
  private readonly verifier: JwtVerifier | undefined;

  /** @throws when the configured key can't be read */
  constructor(
    private readonly options: Resolved<ActorOptions>,
    typeAliases: Readonly<Record<string, string>>,
    private readonly onFailure: CaptureFailureHandler,
  ) {
    this.mapper = new ActorMapper(options.jwt?.claims, typeAliases);
    this.verifier = options.jwt && new JwtVerifier(options.jwt, (error) => this.fail(error, 'actor.jwt.keyProvider'));
  }

  /** Never fails; @returns a promise only while a key is fetched or the application's resolver takes its time. */
  resolve(caller: Caller): ResolvedCaller | Promise<ResolvedCaller> {
    try {
      const found = this.fromRequest(caller);
      if (this.options.resolve === undefined) return found;
      return found instanceof Promise ? found.then((own) => this.ask(caller, own)) : this.ask(caller, found);
    } catch (error) {
      this.fail(error, 'actor');
      return ANONYMOUS;
    }
  }

  private ask(caller: Caller, found: ResolvedCaller): ResolvedCaller | Promise<ResolvedCaller> {
    try {
      const answer = this.options.resolve?.({
        type: caller.type,
        request: caller.request,
        user: caller.property(this.options.userProperty),
        ...(found.claims ? { claims: found.claims } : {}),
      });
      if (answer === undefined) return found;
      if (!isThenable(answer)) return this.answered(answer, found);
      return Promise.resolve(answer).then(
        (actor) => (actor === undefined ? found : this.answered(actor, found)),
        (error: unknown) => this.gaveUp(error),
      );
    } catch (error) {
      return this.gaveUp(error);
    }
  }

  private answered(actor: Actor | null, found: ResolvedCaller): ResolvedCaller {
    if (actor === null) return found;
    if (typeof actor !== 'object')
      return this.gaveUp(new TypeError('actor.resolve must return an actor or undefined.'));
    return { ...found, actor: { ...actor, type: this.mapper.typeOf(actor.type) } };
  }

  /** A resolver that fails must not let a weaker source name the actor. */
  private gaveUp(error: unknown): ResolvedCaller {
    this.fail(error, 'actor.resolve');
    return ANONYMOUS;
  }

  private fromRequest(caller: Caller): ResolvedCaller | Promise<ResolvedCaller> {
    const user = caller.property(this.options.userProperty);
    if (user !== undefined && user !== null) {
      const identity = this.mapper.fromUser(user, proofOf(caller));
      if (identity !== undefined) return typeof user === 'object' ? withClaims(identity, user as Claims) : identity;
    }
    const verdict = (caller.verdict ??= this.verdictOf(caller));
    return verdict instanceof Promise ? verdict.then((known) => this.fromVerdict(known)) : this.fromVerdict(verdict);
  }

  private verdictOf(caller: Caller): TokenVerdict | Promise<TokenVerdict> {
    const token = this.tokenOf(caller);
    if (token === undefined) return TOKEN_NOT_LOOKED_AT;
    if (this.verifier !== undefined) return this.verifier.verify(token);
    return looksLikeJwt(token)
      ? { verified: false, reason: 'not_verified', unverified: decodeClaims(token) }
      : TOKEN_NOT_LOOKED_AT;
  }

  private tokenOf({ request, headers }: Caller): string | undefined {
    const { jwt } = this.options;
    if (jwt?.extract !== undefined) {
      const token: unknown = jwt.extract(request);
      return typeof token === 'string' && token !== '' ? token : undefined;
    }
    return bearerToken(headers) ?? (jwt?.cookie === undefined ? undefined : cookieValue(headers, jwt.cookie));
  }

  private fromVerdict(verdict: TokenVerdict): ResolvedCaller {
    if (verdict === TOKEN_NOT_LOOKED_AT) return ANONYMOUS;
    if (!verdict.verified) return { actor: this.mapper.unverified(verdict.reason, verdict.unverified) };
    const identity = this.mapper.fromClaims(verdict.claims);
    if (identity === undefined)
      return { actor: this.mapper.unverified('no_subject', undefined), claims: verdict.claims };
    return withClaims(identity, verdict.claims);
  }

  private fail(error: unknown, where: string): void {
    reportFailure(this.onFailure, error, where);
  }
}

/** Named fields: V8 adds a member to the copy that a spread has made at 3,000 instructions. */
function withClaims({ actor, sessionId, earlierActors }: Identity, claims: Claims): ResolvedCaller {
  return { actor, sessionId, earlierActors, claims };
}

/** How a user that a guard left behind has probably proved who it is. */
function proofOf(caller: Caller): string | undefined {
  const token = bearerToken(caller.headers);
  if (token !== undefined) return looksLikeJwt(token) ? 'jwt' : 'bearer';
  return caller.property('session') === undefined || caller.property('session') === null ? undefined : 'session';
}

export function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
