/** W3C Trace Context, `traceparent`: version, trace id, parent id, flags; later versions may append to it. */
const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

export interface TraceParent {
  /** 32 hex characters. */
  readonly traceId: string;
  /** 16 hex characters: the caller's span. */
  readonly spanId: string;
}

/** @returns undefined when the header is absent or not valid; an invalid one must be ignored, says the standard */
export function parseTraceParent(header: unknown): TraceParent | undefined {
  if (typeof header !== 'string' || header.length < 55 || header.length > 512) return undefined;
  const match = TRACE_PARENT.exec(header);
  if (match === null) return undefined;
  const [, version, traceId, spanId, more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId };
}
