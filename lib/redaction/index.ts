export { Redactor } from './redactor.js';
export { InvalidRedactionOptionError } from './invalid-redaction-option.error.js';
export type {
  HmacOptions,
  PathRule,
  PatternOptions,
  RedactionMode,
  RedactionOptions,
} from './redaction-options.interface.js';
export { DEFAULT_LIMITS } from './redaction-limits.js';
export type { RedactionLimits } from './redaction-limits.js';
export type { CustomPattern } from './patterns/custom-pattern.js';
export type { ValueType } from './walk/value-types.js';
export type { RedactedText } from './text/text-redactor.js';
export { isWellFormed, storableText, toWellFormed } from './text/well-formed.js';
export { withVisibleEscapes } from './text/identifier-escapes.js';
export { withoutHiddenParams } from './http/path-params.js';
export { sanitizeUrl } from './http/url-sanitizer.js';
export type { SanitizedUrl } from './http/url-sanitizer.js';
export { queryMembers } from './http/query-members.js';
export type { QueryMembers } from './http/query-members.js';
export { sanitizeHeaders } from './http/header-sanitizer.js';
export type { HeaderValues } from './http/header-sanitizer.js';
export { normalizeIp } from './http/ip-address.js';
