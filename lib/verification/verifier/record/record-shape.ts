import { CHAIN_ALGORITHMS } from '../../../event/audit-record.interface.js';
import { SECTION_NAMES } from '../../../event/audit-event.interface.js';
import { either, integer, list, number, object, oneOf, text, textLike } from './shape.js';

const HEX_64 = '[0-9a-f]{64}';
const HASH = `${HEX_64}(?:${HEX_64})?`;
const TIMESTAMP = '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z';

const commitment = object({
  bytes: integer(),
  commitment: textLike(HEX_64, '64 lowercase hex digits'),
});

/** The record of version 1, all of it: what is not here is not a field of a record. Members are in canonical order. */
export const recordShape = object({
  action: text('action'),
  actor: object({
    'authMethod?': text(),
    'claimReason?': text(),
    'claimedId?': text(),
    'id?': text('actorId'),
    'onBehalfOf?': object({ id: text(), 'type?': text() }),
    'privileged?': oneOf([true, false]),
    'roles?': list(text()),
    type: text('actorType'),
  }),
  alg: textLike(CHAIN_ALGORITHMS.join('|'), `one of ${CHAIN_ALGORITHMS.join(', ')}`, 'alg'),
  'context?': object({
    'causationId?': text(),
    'claimedRequestId?': text(),
    'correlationId?': text('correlationId'),
    'requestId?': text('requestId'),
    'sessionId?': text(),
    'spanId?': text(),
    'traceId?': text(),
    'trail?': text(),
    'transactionId?': text(),
  }),
  'flags?': list(text()),
  'http?': object({
    'aborted?': oneOf([true]),
    'changes?': number(),
    'durationMs?': number(),
    method: text(),
    'path?': text(),
    'requestBytes?': number(),
    'responseBytes?': number(),
    'route?': text(),
    'status?': number(),
  }),
  id: text('id'),
  occurredAt: textLike(TIMESTAMP, 'a time in UTC with microseconds', 'occurredAt'),
  outcome: text('outcome'),
  previousHash: either(oneOf([null]), textLike(HASH, 'null or a hash in lowercase hex'), 'previousHash'),
  'reason?': object({ code: text() }),
  'resource?': object({ 'id?': text('resourceId'), type: text('resourceType') }),
  'sections?': object(Object.fromEntries(SECTION_NAMES.map((name) => [`${name}?`, commitment])), 'sections'),
  sequence: integer('sequence'),
  service: object({ instance: text(), name: text(), 'version?': text() }),
  severity: text('severity'),
  stream: text('stream'),
  'tenant?': object({ 'id?': text('tenantId'), 'slug?': text() }),
  v: oneOf([1]),
});
