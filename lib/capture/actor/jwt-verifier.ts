import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { VerifyOptions } from 'jsonwebtoken';
import type { JwtAlgorithm, JwtHeader, JwtOptions } from '../../config/jwt.options.js';
import type { Resolved } from '../../config/option-section.js';
import type { Claims, TokenRefusal, TokenVerdict } from './jwt-verification.interface.js';
import { createKeySource } from './key-source.js';
import type { KeySource } from './key-source.js';
import { MAX_TOKEN_LENGTH, decodeClaims, decodeHeader } from './token-decoder.js';
import { fits } from './verification-key.js';

/** Verifies bearer tokens with pinned algorithms and keys made once. What it can't verify is never an identity. */
export class JwtVerifier {
  private readonly keys: KeySource;
  private readonly algorithms: ReadonlySet<string>;
  private readonly options: VerifyOptions;

  /** @throws when the configured key can't be read or an algorithm does not fit it */
  constructor(options: Resolved<JwtOptions>, onFailure: (error: unknown) => void) {
    this.algorithms = new Set(options.algorithms);
    if (
      this.algorithms.size === 0 ||
      [...this.algorithms].some((name) => !/^(?:HS|RS|PS|ES)(?:256|384|512)$/.test(name))
    ) {
      throw new TypeError(
        `actor.jwt.algorithms is ${JSON.stringify(options.algorithms)}: it must name the accepted algorithms and never ` +
          `'none', because a token must not choose how it is verified.`,
      );
    }
    this.keys = createKeySource(options, onFailure);
    this.options = {
      algorithms: [...this.algorithms] as JwtAlgorithm[],
      clockTolerance: options.clockToleranceSeconds,
      ...(options.audience.length > 0 ? { audience: options.audience as [string, ...string[]] } : {}),
      ...(options.issuer.length > 0 ? { issuer: options.issuer as [string, ...string[]] } : {}),
    };
  }

  /** @returns a promise only while a key is being fetched */
  verify(token: string): TokenVerdict | Promise<TokenVerdict> {
    if (token.length > MAX_TOKEN_LENGTH) return refused('malformed', undefined);
    const header = decodeHeader(token);
    if (header === undefined || typeof header.alg !== 'string') return this.refuse('malformed', token);
    if (header.alg.toLowerCase() === 'none') return this.refuse('unsigned', token);
    if (!this.algorithms.has(header.alg)) return this.refuse('wrong_algorithm', token);
    const key = this.keys.keyFor(header as unknown as JwtHeader);
    return key instanceof Promise
      ? key.then((fetched) => this.verifyWith(token, header.alg as string, fetched))
      : this.verifyWith(token, header.alg, key);
  }

  private verifyWith(token: string, algorithm: string, key: KeyObject | undefined): TokenVerdict {
    if (key === undefined) return this.refuse('key_unavailable', token);
    if (!fits(key, algorithm)) return this.refuse('wrong_algorithm', token);
    try {
      const claims: unknown = jwt.verify(token, key, this.options);
      if (typeof claims !== 'object' || claims === null) return this.refuse('malformed', token);
      return { verified: true, claims: claims as Claims };
    } catch (error) {
      return this.refuse(refusalOf(error), token);
    }
  }

  private refuse(reason: TokenRefusal, token: string): TokenVerdict {
    return refused(reason, decodeClaims(token));
  }
}

function refused(reason: TokenRefusal, unverified: Claims | undefined): TokenVerdict {
  return { verified: false, reason, unverified };
}

/** jsonwebtoken tells its reasons apart by class and, for most of them, only by message. */
function refusalOf(error: unknown): TokenRefusal {
  const { name, message } = error as Error;
  if (name === 'TokenExpiredError') return 'expired';
  if (name === 'NotBeforeError') return 'not_active';
  if (message.startsWith('jwt audience invalid')) return 'wrong_audience';
  if (message.startsWith('jwt issuer invalid')) return 'wrong_issuer';
  if (message === 'invalid signature') return 'bad_signature';
  if (message === 'jwt signature is required') return 'unsigned';
  if (message === 'invalid algorithm') return 'wrong_algorithm';
  return 'malformed';
}
