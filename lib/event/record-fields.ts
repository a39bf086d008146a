import type { Actor, EventContext, EventFlag, HttpFacts, TenantRef } from './audit-event.interface.js';
import { quoteString } from './canonical.js';
import { KnownNames } from './known-names.js';
import type { SafeName } from './known-names.js';
import type { ValueSanitizer } from './value-sanitizer.interface.js';

const MAX_PATH_LENGTH = 2048;
const MAX_ROLES = 32;

/** How texts become safe enough for a record. */
export class RecordTexts {
  private readonly names = new KnownNames((value) => this.sanitizer.identifier(value));
  private readonly routes = new KnownNames((value) => this.sanitizer.text(value, MAX_PATH_LENGTH));

  constructor(private readonly sanitizer: ValueSanitizer) {}

  /** A name that other events have, too. */
  name(value: unknown): SafeName {
    return this.names.of(value);
  }

  /** An identifier of which there are many. */
  identifier(value: unknown): string {
    return this.sanitizer.identifier(value);
  }

  path(value: unknown): string {
    return quoteString(this.sanitizer.text(value, MAX_PATH_LENGTH));
  }

  /** A path without what differs from request to request. */
  route(value: unknown): string {
    return this.routes.of(value).json;
  }
}

/*
 * Each function appends members in the order of RFC 8785 (UTF-16 code units of the name), so that a record is
 * canonical without a sort: sorting the keys is most of what canonicalising an event costs.
 */

export function writeActor(actor: Actor, type: SafeName, id: string | null, texts: RecordTexts): string {
  let json = '{';
  if (actor.authMethod !== undefined) json += `"authMethod":${texts.name(actor.authMethod).json},`;
  if (actor.claimReason !== undefined) json += `"claimReason":${texts.name(actor.claimReason).json},`;
  if (actor.claimedId !== undefined) json += `"claimedId":${quoteString(texts.identifier(actor.claimedId))},`;
  if (id !== null) json += `"id":${quoteString(id)},`;
  if (actor.onBehalfOf !== undefined) {
    const { id: principal, type: kind } = actor.onBehalfOf;
    json += `"onBehalfOf":{"id":${quoteString(texts.identifier(principal))}`;
    json += `${kind === undefined ? '' : `,"type":${texts.name(kind).json}`}},`;
  }
  if (actor.privileged !== undefined) json += `"privileged":${actor.privileged ? 'true' : 'false'},`;
  if (actor.roles !== undefined && actor.roles.length > 0) {
    json += '"roles":';
    for (let index = 0; index < actor.roles.length && index < MAX_ROLES; index++) {
      json += (index === 0 ? '[' : ',') + texts.name(actor.roles[index]).json;
    }
    json += '],';
  }
  return `${json}"type":${type.json}}`;
}

export function writeContext(
  context: EventContext,
  requestId: string | null,
  correlationId: string | null,
  texts: RecordTexts,
): string {
  let json = '';
  json = addId(json, 'causationId', context.causationId, texts);
  json = addId(json, 'claimedRequestId', context.claimedRequestId, texts);
  if (correlationId !== null) json = addMember(json, 'correlationId', correlationId);
  if (requestId !== null) json = addMember(json, 'requestId', requestId);
  json = addId(json, 'sessionId', context.sessionId, texts);
  json = addId(json, 'spanId', context.spanId, texts);
  json = addId(json, 'traceId', context.traceId, texts);
  json = addId(json, 'trail', context.trail, texts);
  json = addId(json, 'transactionId', context.transactionId, texts);
  return json === '' ? '' : `,"context":${json}}`;
}

function addId(json: string, name: string, value: string | undefined, texts: RecordTexts): string {
  return value === undefined ? json : addMember(json, name, texts.identifier(value));
}

function addMember(json: string, name: string, value: string): string {
  return `${json}${json === '' ? '{' : ','}"${name}":${quoteString(value)}`;
}

export function writeFlags(flags: readonly EventFlag[]): string {
  return `,"flags":[${flags.map(quoteString).join(',')}]`;
}

export function writeHttp(http: HttpFacts, texts: RecordTexts): string {
  let json = ',"http":{';
  if (http.aborted === true) json += '"aborted":true,';
  if (isCount(http.changes)) json += `"changes":${http.changes},`;
  if (isCount(http.durationMs)) json += `"durationMs":${Math.round(http.durationMs * 1000) / 1000},`;
  json += `"method":${texts.name(http.method).json}`;
  if (http.path !== undefined) json += `,"path":${texts.path(http.path)}`;
  if (isCount(http.requestBytes)) json += `,"requestBytes":${http.requestBytes}`;
  if (isCount(http.responseBytes)) json += `,"responseBytes":${http.responseBytes}`;
  if (http.route !== undefined) json += `,"route":${texts.route(http.route)}`;
  if (isCount(http.status)) json += `,"status":${http.status}`;
  return `${json}}`;
}

export function writeTenant(tenant: TenantRef, id: string | null, texts: RecordTexts): string {
  let json = id === null ? '' : `{"id":${quoteString(id)}`;
  if (tenant.slug !== undefined) json += `${json === '' ? '{' : ','}"slug":${texts.name(tenant.slug).json}`;
  return json === '' ? '' : `,"tenant":${json}}`;
}

/** Below 1e21 and finite, so that it prints as JCS wants it; −0 is left out as well. */
function isCount(value: number | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0);
}
