import type { RedactionLimits } from './redaction-limits.js';
import type { CustomPattern } from './patterns/custom-pattern.js';
import type { ValueType } from './walk/value-types.js';

/**
 * What takes the place of a hidden value.
 * - `mask`: nothing of it stays;
 * - `partial`: its last four characters stay, if it has eight or more;
 * - `hmac`: a keyed digest stays, so that equal values can be joined but not guessed (needs `hmac`);
 * - `remove`: the member disappears.
 *
 * @publicApi
 */
export type RedactionMode = 'mask' | 'partial' | 'hmac' | 'remove';

/**
 * What is hidden, and how. The defaults hide credentials and card data; every list is added to the defaults.
 *
 * @publicApi
 */
export interface RedactionOptions {
  /**
   * More names to hide wherever they occur inside a name: `badge` hides `badgeNumber` and `x-staff-badge`.
   * @default the long keys of the documentation, always included
   */
  readonly keys?: readonly string[];
  /**
   * More names to hide as whole words only: `nin` hides `user.nin` and `NIN2`, not `beginning`.
   * @default the short keys of the documentation, always included
   */
  readonly shortKeys?: readonly string[];
  /**
   * Whole names that are never hidden although a rule would match. Case and separators do not matter.
   * @default names such as `tokenCount` and `sessionDuration`, always included
   */
  readonly allowKeys?: readonly string[];
  /**
   * Drops the built-in lists of keys, so that only the lists given here count. Value patterns stay on.
   * @default false
   */
  readonly replaceDefaults?: boolean;
  /**
   * How values are hidden for which nothing else is said. Passwords, PINs and card verification codes are masked
   * under `partial` and `hmac` as well, and `partial` shows the end of identifying numbers only (cards, accounts).
   * @default 'mask'
   */
  readonly mode?: RedactionMode;
  /**
   * Modes of single rules, by the label that stands in the marker: `{ 'key:iban': 'partial', 'pattern:pan': 'remove' }`.
   * @default {}
   */
  readonly modes?: Readonly<Record<string, RedactionMode>>;
  /**
   * Values to hide by place. A path rule wins over a key rule and over the allow-list.
   * @default []
   */
  readonly paths?: readonly PathRule[];
  /** Which secrets are recognised by their shape, whatever the key. */
  readonly patterns?: PatternOptions;
  /**
   * Key for `hmac` and for digests of values that were cut. Without it such digests are left out.
   * @default undefined
   */
  readonly hmac?: HmacOptions;
  /** Bounds of size and depth. */
  readonly limits?: Partial<RedactionLimits>;
  /**
   * Classes whose instances are written as text, asked before the built-in ones (decimals, object ids, dates of libraries).
   * @default []
   */
  readonly types?: readonly ValueType[];
}

/** One place whose value is hidden. @publicApi */
export interface PathRule {
  /**
   * Names joined by dots, from the root: `request.body.user.email`, `metadata.patient.*`, `**.diagnosis`. `*` stands for
   * one name or array position, `**` for any number of them; a dot, star or backslash in a name is written `\.`, `\*`, `\\`.
   */
  readonly path: string;
  /** @default the redactor's `mode` */
  readonly mode?: RedactionMode;
}

/** @publicApi */
export interface PatternOptions {
  /**
   * Built-in patterns to switch on: `email`, `iban`, `us-ssn`.
   * @default []
   */
  readonly enable?: readonly string[];
  /**
   * Built-in patterns to switch off: `pan`, `jwt`, `private-key`, `vendor-token`, `userinfo`, `bearer`, `basic`,
   * `assignment`, `element`, `json-snippet`.
   * @default []
   */
  readonly disable?: readonly string[];
  /**
   * Patterns of the application. They are vetted: one that could backtrack without bound is refused.
   * @default []
   */
  readonly custom?: readonly CustomPattern[];
}

/** @publicApi */
export interface HmacOptions {
  /** At least 16 bytes; kept outside the database whose values it hides. */
  readonly key: string | Uint8Array;
  /** Says in the marker which key was used: letters, digits, `.`, `_` and `-`, 64 at most. */
  readonly keyId: string;
  /**
   * Names the tenant whose own derived key is to be used at this moment, so that values can't be joined across tenants.
   * @default undefined (one key for all)
   */
  readonly perTenant?: () => string | undefined;
}
