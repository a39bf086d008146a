import type { Socket } from 'node:net';
import type { AuditEvent } from '../../event/audit-event.interface.js';
import { addressOf } from './client-address.js';

/** A connection that was reset or timed out sent nothing wrong. */
const PARSER_ERROR = /^HPE_/;

/**
 * The event of bytes that are no HTTP request. Nothing of the bytes is kept: they may hold anything.
 * @returns undefined when the error is not the parser's, or belongs to a request that has its own event
 */
export function malformedRequestEvent(error: NodeJS.ErrnoException, socket: Socket): AuditEvent | undefined {
  if (error.code === undefined || !PARSER_ERROR.test(error.code) || hasRequestInFlight(socket)) return undefined;
  const ip = addressOf(socket.remoteAddress);
  return {
    action: 'http.malformed',
    outcome: 'failure',
    severity: 'warning',
    actor: { type: 'anonymous' },
    reason: { code: error.code === 'HPE_HEADER_OVERFLOW' ? 'too_large' : 'malformed' },
    http: { method: 'UNKNOWN' },
    error: { class: 'HttpParserError', code: error.code },
    ...(ip === undefined ? {} : { client: { ip } }),
  };
}

/** Node keeps the response that a socket is busy with in this field; when it is gone, so is the field. */
function hasRequestInFlight(socket: Socket): boolean {
  return (
    (socket as { _httpMessage?: unknown })._httpMessage !== undefined &&
    (socket as { _httpMessage?: unknown })._httpMessage !== null
  );
}
