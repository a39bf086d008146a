import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { JwtClaimsOptions } from './jwt-claims.options.js';
import { Callback, Secret, Text, TextList, WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy, Nested } from './section.decorators.js';
import type { SectionReport } from './section-report.js';

export const JWT_ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** What `keyProvider` gets: the token's header, unverified. */
export interface JwtHeader {
  readonly alg: string;
  readonly kid?: string;
  readonly [name: string]: unknown;
}

/** A shared secret, a public key in PEM, or a KeyObject. Make a KeyObject once: text is parsed on every call. */
export type JwtKey = string | Buffer | KeyObject;

const KEY_SOURCES = ['secret', 'publicKey', 'publicKeyFile', 'keyProvider'] as const;

/** How a bearer token is verified. A token that does not verify never names the actor. */
@CheckedBy<JwtOptions>(checkJwt)
export class JwtOptions extends OptionSection<'algorithms'> {
  /**
   * Shared secret of the HS algorithms. Exactly one of `secret`, `publicKey`, `publicKeyFile`, `keyProvider` is given.
   */
  @Secret({ allowed: 'a text that is not empty, or a Buffer', binary: true })
  secret?: string | Buffer;

  /**
   * Public key or certificate in PEM, for the RS, PS and ES algorithms. Not a private key.
   */
  @Secret({ allowed: 'a public key or certificate in PEM' })
  publicKey?: string;

  /**
   * File with the public key or certificate in PEM. It is read once, at start.
   */
  @Text({ allowed: 'a path of a PEM file' })
  publicKeyFile?: string;

  /**
   * Gives the key for a token's header, e.g. from a JWKS by `kid`. Its answer is kept for ten minutes for each `kid`.
   */
  @Callback('a function (header) => key, or a promise of it')
  keyProvider?: (header: JwtHeader) => JwtKey | Promise<JwtKey>;

  /**
   * Algorithms that are accepted; there is no default, because the token's own header must never decide. `none` is
   * refused. Of environment and code only the code's list counts.
   */
  @TextList({
    allowed: `a list that is not empty, of ${JWT_ALGORITHMS.join(', ')}; never 'none'`,
    of: JWT_ALGORITHMS,
    merge: 'override',
    required: true,
  })
  algorithms!: JwtAlgorithm[];

  /**
   * Audiences of which the token must have one. When empty the audience is not looked at.
   * @default []
   */
  @TextList({ allowed: 'a list of texts', merge: 'override' })
  audience: string[] = [];

  /**
   * Issuers of which the token must have one. When empty the issuer is not looked at.
   * @default []
   */
  @TextList({ allowed: 'a list of texts', merge: 'override' })
  issuer: string[] = [];

  /**
   * Seconds by which clocks may differ. It does not prolong tokens beyond that.
   * @default 0
   */
  @WholeNumber({ min: 0, max: 600, unit: 'seconds' })
  clockToleranceSeconds = 0;

  /**
   * Name of a cookie with the token, looked at when there is no Authorization header.
   */
  @Text({ allowed: 'a cookie name', matches: /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/ })
  cookie?: string;

  /**
   * Finds the token in the request, instead of header and cookie. It must not verify or change anything.
   */
  @Callback('a function (request) => token or undefined')
  extract?: (request: unknown) => string | undefined;

  /** Which claims say what. */
  @Nested(() => JwtClaimsOptions)
  claims = new JwtClaimsOptions();
}

function checkJwt(jwt: JwtOptions, report: SectionReport): void {
  const given = KEY_SOURCES.filter((name) => jwt[name] !== undefined);
  if (given.length !== 1) {
    report.refuse(
      given[1] ?? 'secret',
      `exactly one of ${KEY_SOURCES.join(', ')}${given.length === 0 ? '' : `, not ${given.join(' and ')} together`}`,
    );
    return;
  }
  if (jwt.algorithms.length === 0) {
    report.refuse('algorithms', `a list that is not empty, of ${JWT_ALGORITHMS.join(', ')}`);
    return;
  }
  checkAlgorithms(jwt, given[0], report);
  if (jwt.publicKey !== undefined) checkPublicKey(jwt.publicKey, report);
}

/** A public key accepted as an HMAC secret lets anybody who knows the public key sign tokens. */
function checkAlgorithms(jwt: JwtOptions, source: (typeof KEY_SOURCES)[number], report: SectionReport): void {
  const symmetric = jwt.algorithms.filter((name) => name.startsWith('HS'));
  const isSecret = source === 'secret';
  if (isSecret && symmetric.length < jwt.algorithms.length) {
    report.refuse('algorithms', 'HS256, HS384 or HS512, because the key is a shared secret');
  } else if (source.startsWith('publicKey') && symmetric.length > 0) {
    report.refuse('algorithms', 'RS, PS or ES algorithms, because with HS anybody who knows the public key could sign');
  } else if (symmetric.length > 0 && symmetric.length < jwt.algorithms.length) {
    report.refuse(
      'algorithms',
      'either HS or RS, PS and ES algorithms, because a public key must never serve as a secret',
    );
  }
  // RFC 7518, 3.2: the secret is at least as long as the hash.
  const needed = Math.max(0, ...symmetric.map((name) => Number(name.slice(2)) / 8));
  if (isSecret && Buffer.byteLength(jwt.secret ?? '') < needed) {
    report.warn(
      'secret',
      `actor.jwt.secret is shorter than the ${needed} bytes that its algorithm needs, so it can be guessed.`,
    );
  }
}

function checkPublicKey(pem: string, report: SectionReport): void {
  if (pem.includes('PRIVATE KEY')) {
    report.refuse('publicKey', 'a public key or certificate in PEM; this is a private key, which does not belong here');
    return;
  }
  try {
    createPublicKey(pem);
  } catch {
    report.refuse('publicKey', 'a public key or certificate in PEM');
  }
}
