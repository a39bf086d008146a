import type { Actor, EventContext, EventFlag, HttpFacts, TenantRef } from './audit-event.interface.js';
import { quoteString } from './canonical.js';
import type { ValueSanitizer } from './value-sanitizer.interface.js';

const MAX_PATH_LENGTH = 2048;
const MAX_ROLES = 32;

/*
 * Each function appends members in the order of RFC 8785 (UTF-16 code units of the name), so that a record is
 * canonical without a sort: sorting the keys is most of what canonicalising an event costs.
 */

export function writeActor(actor: Actor, type: string, id: string | null, sanitizer: ValueSanitizer): string {
  const text = (value: string) => quoteString(sanitizer.identifier(value));
  let json = '{';
  if (actor.authMethod !== undefined) json += `"authMethod":${text(actor.authMethod)},`;
  if (actor.claimReason !== undefined) json += `"claimReason":${text(actor.claimReason)},`;
  if (actor.claimedId !== undefined) json += `"claimedId":${text(actor.claimedId)},`;
  if (id !== null) json += `"id":${quoteString(id)},`;
  if (actor.onBehalfOf !== undefined) {
    const { id: principal, type: kind } = actor.onBehalfOf;
    json += `"onBehalfOf":{"id":${text(principal)}${kind === undefined ? '' : `,"type":${text(kind)}`}},`;
  }
  if (actor.privileged !== undefined) json += `"privileged":${actor.privileged ? 'true' : 'false'},`;
  if (actor.roles !== undefined && actor.roles.length > 0) {
    json += `"roles":[${actor.roles.slice(0, MAX_ROLES).map(text).join(',')}],`;
  }
  return `${json}"type":${quoteString(type)}}`;
}

export function writeContext(
  context: EventContext,
  requestId: string | null,
  correlationId: string | null,
  sanitizer: ValueSanitizer,
): string {
  let json = '';
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) json += `,"${name}":${quoteString(sanitizer.identifier(value))}`;
  };
  add('causationId', context.causationId);
  add('claimedRequestId', context.claimedRequestId);
  if (correlationId !== null) json += `,"correlationId":${quoteString(correlationId)}`;
  if (requestId !== null) json += `,"requestId":${quoteString(requestId)}`;
  add('sessionId', context.sessionId);
  add('spanId', context.spanId);
  add('traceId', context.traceId);
  add('trail', context.trail);
  add('transactionId', context.transactionId);
  return json === '' ? '' : `,"context":{${json.slice(1)}}`;
}

export function writeFlags(flags: readonly EventFlag[]): string {
  return `,"flags":[${flags.map(quoteString).join(',')}]`;
}

export function writeHttp(http: HttpFacts, sanitizer: ValueSanitizer): string {
  let json = ',"http":{';
  if (http.aborted === true) json += '"aborted":true,';
  if (isCount(http.changes)) json += `"changes":${http.changes},`;
  if (isCount(http.durationMs)) json += `"durationMs":${Math.round(http.durationMs * 1000) / 1000},`;
  json += `"method":${quoteString(sanitizer.identifier(http.method))}`;
  if (http.path !== undefined) json += `,"path":${quoteString(sanitizer.text(http.path, MAX_PATH_LENGTH))}`;
  if (isCount(http.requestBytes)) json += `,"requestBytes":${http.requestBytes}`;
  if (isCount(http.responseBytes)) json += `,"responseBytes":${http.responseBytes}`;
  if (http.route !== undefined) json += `,"route":${quoteString(sanitizer.text(http.route, MAX_PATH_LENGTH))}`;
  if (isCount(http.status)) json += `,"status":${http.status}`;
  return `${json}}`;
}

export function writeTenant(tenant: TenantRef, id: string | null, sanitizer: ValueSanitizer): string {
  const members: string[] = [];
  if (id !== null) members.push(`"id":${quoteString(id)}`);
  if (tenant.slug !== undefined) members.push(`"slug":${quoteString(sanitizer.identifier(tenant.slug))}`);
  return members.length === 0 ? '' : `,"tenant":{${members.join(',')}}`;
}

/** Below 1e21 and finite, so that it prints as JCS wants it; −0 is left out as well. */
function isCount(value: number | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0);
}
