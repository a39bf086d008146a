import type { Outcome, Severity } from '../event/audit-event.interface.js';
import { Callback, Flag, Text, TextList, WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

/** A header name as RFC 9110 defines `token`, lower case. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key']);
const LARGEST_BODY = 64 * 1024 * 1024;

/** What of HTTP traffic becomes events. */
@CheckedBy<HttpOptions>((http, report) => {
  const secret = http.headers.find((name) => SECRET_HEADERS.has(name));
  if (secret !== undefined) report.refuse('headers', `names of headers without credentials, so not '${secret}'`);
})
export class HttpOptions extends OptionSection {
  /**
   * Record HTTP requests at all. When off, `AuditService` and entity changes are still recorded.
   * @default true
   */
  @Flag()
  enabled = true;

  /**
   * Methods that are recorded, besides every request that ends with 401 or 403. `@Audit()` and `@SkipAudit()` on a
   * route weigh more.
   * @default ['POST', 'PUT', 'PATCH', 'DELETE']
   */
  @TextList({
    allowed: 'a list of HTTP methods',
    matches: /^[A-Z][A-Z-]{0,31}$/,
    normalize: (name) => name.toUpperCase(),
  })
  methods: string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

  /**
   * Paths that are never recorded: exact (`/health`), by prefix (`/internal/*`), or with `*` for one segment and `**`
   * for any number. Matched against the path without its query, global prefix included.
   * @default []
   */
  @TextList({ allowed: "a list of paths that begin with '/' or '*'", matches: /^[/*]/ })
  excludePaths: string[] = [];

  /**
   * Record the redacted request body. Bytes of uploads are never recorded.
   * @default true
   */
  @Flag()
  captureRequest = true;

  /**
   * Record the redacted response body. Streams are never recorded.
   * @default false
   */
  @Flag()
  captureResponse = false;

  /**
   * Record the redacted query string and route parameters. The path is recorded in any case.
   * @default true
   */
  @Flag()
  captureQuery = true;

  /**
   * Request headers that are recorded, redacted like everything else. Headers that carry credentials are refused.
   * @default ['accept', 'content-encoding', 'content-length', 'content-type', 'host', 'if-match', 'origin', 'range', 'referer', 'sec-fetch-site', 'x-requested-with']
   */
  @TextList({ allowed: 'a list of header names', matches: HEADER_NAME, normalize: (name) => name.toLowerCase() })
  headers: string[] = [
    'accept',
    'content-encoding',
    'content-length',
    'content-type',
    'host',
    'if-match',
    'origin',
    'range',
    'referer',
    'sec-fetch-site',
    'x-requested-with',
  ];

  /**
   * Header with the caller's request id. An id that is long or unclean is replaced, never trusted.
   * @default 'x-request-id'
   */
  @Text({ allowed: 'a header name', matches: HEADER_NAME, normalize: (name) => name.toLowerCase() })
  requestIdHeader = 'x-request-id';

  /**
   * Header with the caller's correlation id. It is not echoed.
   * @default 'x-correlation-id'
   */
  @Text({ allowed: 'a header name', matches: HEADER_NAME, normalize: (name) => name.toLowerCase() })
  correlationIdHeader = 'x-correlation-id';

  /**
   * Send the request id back in the header of `requestIdHeader`. A header that the application sets itself stays.
   * @default true
   */
  @Flag()
  echoRequestId = true;

  /**
   * Decides an event's severity from status and outcome. `@Audit({ severity })` weighs more.
   * @default error from 500 on, warning from 400 on, info for 3xx, success for 2xx
   */
  @Callback('a function (status, outcome) => severity')
  severity?: (status: number | undefined, outcome: Outcome) => Severity;

  /**
   * Bytes of a body that are looked at; the rest is told by size and digest. It does not limit what the application
   * accepts.
   * @default 65536
   */
  @WholeNumber({ min: 0, max: LARGEST_BODY, unit: 'bytes' })
  maxBodyBytes = 65_536;

  /**
   * Let `methods` and `headers` stand alone instead of adding to their defaults. It concerns no other section.
   * @default false
   */
  @Flag()
  replaceDefaults = false;
}
