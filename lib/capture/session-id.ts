import { createHash } from 'node:crypto';
import type { ResolvedCaller } from './actor/actor-resolver.js';
import type { Caller } from './actor/caller.interface.js';
import { identifierOf } from './identifier.js';

/** Half of a SHA-256 tells sessions apart just as well. */
const HEX_LENGTH = 32;
/** Hashes of session ids are not comparable with hashes of the same text made elsewhere. */
const DOMAIN = 'nestjs-audit-trail/session:';

/** A hash of the session id, by which events of one session can be found without the id being usable. */
export function hashedSessionId(caller: Caller, resolved: ResolvedCaller | undefined): string | undefined {
  const id = resolved?.sessionId ?? sessionIdOnRequest(caller);
  if (id === undefined) return undefined;
  return createHash('sha256').update(DOMAIN).update(id).digest('hex').slice(0, HEX_LENGTH);
}

/** Where express-session and @fastify/session keep it. */
function sessionIdOnRequest(caller: Caller): string | undefined {
  const direct = identifierOf(caller.property('sessionID'));
  if (direct !== undefined) return direct;
  const session = caller.property('session');
  if (typeof session !== 'object' || session === null) return undefined;
  try {
    const { sessionId, id } = session as Record<string, unknown>;
    return identifierOf(sessionId) ?? identifierOf(id);
  } catch {
    return undefined;
  }
}
