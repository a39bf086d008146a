const LONGEST_TEXT = 500;
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;
const MASK = '[REDACTED]';

/** What may stand in an error text or an answer although it must not be kept. All linear. */
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|Splunk)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`],
  [/\b(?:iml_(?:live|test)_|whsec_|whsk_|sk_live_|AKIA|ASIA)[A-Za-z0-9_+/=-]{6,}/g, MASK],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,200}@/gi, `$1${MASK}@`],
  [/([?&](?:token|key|secret|signature|sig|api_?key|password|x-amz-[a-z-]+)=)[^&\s"']{1,500}/gi, `$1${MASK}`],
];

/** What none of these forms begins with needs no closer look: most answers by far. */
const MAY_HOLD_SECRET = /bearer|basic|splunk|iml_|whsec_|whsk_|sk_live_|akia|asia|:\/\/|[?&]/i;
const SURROGATE = /[\ud800-\udfff]/;

/**
 * The text of whatever was thrown or answered, fit to be stored and shown: one line, bounded, without credentials.
 *
 * @param secrets further texts that must not appear, e.g. the sink's own API key
 */
export function safeErrorText(error: unknown, secrets: readonly string[] = []): string {
  return maskSecrets(textOf(error), secrets, LONGEST_TEXT).replace(UNPRINTABLE, ' ').trim() || 'unknown error';
}

/** Bounded text of an answer, without credentials; line breaks stay. */
export function maskSecrets(text: string, secrets: readonly string[], maxLength: number): string {
  let masked = text.length > maxLength * 2 ? text.slice(0, maxLength * 2) : text;
  for (const secret of secrets) if (secret.length >= 6) masked = masked.replaceAll(secret, MASK);
  if (MAY_HOLD_SECRET.test(masked)) {
    for (const [form, replacement] of SECRET_FORMS) masked = masked.replace(form, replacement);
  }
  masked = masked.replaceAll('\u0000', '\ufffd');
  return wellFormed(masked.length > maxLength ? `${masked.slice(0, maxLength - 1)}…` : masked);
}

/** Lone surrogates, from the other side or from the cut, become U+FFFD: PostgreSQL refuses them. */
function wellFormed(text: string): string {
  return SURROGATE.test(text) ? Buffer.from(text).toString() : text;
}

function textOf(error: unknown): string {
  try {
    // By shape, not by class: errors of another realm or copy of Node's core are errors too.
    const { message, name, code, errors } = (error ?? {}) as Partial<AggregateError & { code: unknown }>;
    if (message === '' && Array.isArray(errors) && errors.length > 0) return textOf(errors[0]);
    if (typeof message === 'string') {
      const known = typeof code === 'string' && !message.includes(code) ? ` (${code})` : '';
      return `${message || name}${known}`;
    }
    return typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error));
  } catch {
    return 'an error that can not be read';
  }
}
