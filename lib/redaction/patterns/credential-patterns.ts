import { Trait } from '../text/text-traits.js';
import type { RedactionRule } from '../redaction-rule.js';
import { RegularPattern } from './regular.pattern.js';

/** Formats whose prefix says what they are: AWS key ids, GitHub, Stripe, Slack, Standard Webhooks, ImmutableLog. */
const VENDOR_TOKEN =
  /(?<![A-Za-z0-9])(?:A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])|gh[oprsu]_[A-Za-z0-9]{4,}|github_pat_[A-Za-z0-9_]{4,}|[rs]k_live_[A-Za-z0-9]{4,}|xox[bp]-[A-Za-z0-9-]{4,}|whs(?:ec|k)_[A-Za-z0-9+/=_-]{4,}|iml_live_[A-Za-z0-9_-]{4,})/g;

export function vendorTokenPattern(rule: RedactionRule): RegularPattern {
  const triggers = [Trait.Underscore, Trait.UpperA | Trait.UpperI, Trait.LowerX | Trait.Dash];
  return new RegularPattern('vendor-token', triggers, VENDOR_TOKEN, rule);
}

const BEARER = /\bbearer(?:[ \t]{1,8}|%20|\+)([A-Za-z0-9._~+/=-]+)/gi;
/** Shorter words of letters alone are language: "the bearer of this letter". */
const LEAST_BEARER_WORD = 6;

export function bearerPattern(rule: RedactionRule): RegularPattern {
  const triggers = [Trait.LetterB | Trait.LetterE | Trait.LetterA | Trait.LetterR | Trait.Gap];
  return new RegularPattern(
    'bearer',
    triggers,
    BEARER,
    rule,
    (token) => token.length >= LEAST_BEARER_WORD || /[^A-Za-z.]/.test(token),
  );
}

const BASIC = /\bbasic(?:[ \t]{1,8}|%20|\+)([A-Za-z0-9+/_-]{2,}(?:={1,2}|%3D){0,2})/gi;

/** Only what decodes to `user:password`, so that "the basic plan" stays. */
export function basicPattern(rule: RedactionRule): RegularPattern {
  const triggers = [Trait.LetterB | Trait.LetterA | Trait.LetterS | Trait.LetterI | Trait.LetterC | Trait.Gap];
  return new RegularPattern('basic', triggers, BASIC, rule, (encoded) =>
    Buffer.from(encoded.replaceAll('%3D', ''), 'base64').includes(':'),
  );
}

const US_SSN = /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g;

/** Social security numbers of the United States, in their written form with hyphens. */
export function usSsnPattern(rule: RedactionRule): RegularPattern {
  return new RegularPattern('us-ssn', [Trait.Digit | Trait.Dash], US_SSN, rule);
}
