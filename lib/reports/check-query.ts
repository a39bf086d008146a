import { types } from 'node:util';
import { toTimestamp } from '../event/timestamp.js';
import type { AuditFilter, AuditPageQuery } from './audit-query.interface.js';
import { InvalidAuditQueryError } from './invalid-audit-query.error.js';

interface Condition {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

type Conditions<Query> = { readonly [Name in keyof Required<Query>]: Condition };

const TEXT: Condition = { allowed: 'a text', accepts: isText };
const TIME: Condition = {
  allowed: 'a Date or an RFC 3339 date and time',
  accepts: (value) => isText(value) || types.isDate(value),
};
const MAX_LIMIT = 1000;

const FILTER: Conditions<AuditFilter> = {
  actor: TEXT,
  actorType: TEXT,
  action: {
    allowed: 'an action, a list of actions, or a single pattern such as "invoice.*"',
    accepts: (value) => isText(value) || (isTexts(value) && !value.some((action) => action.endsWith('*'))),
  },
  outcome: oneOrMore('success', 'failure', 'denied'),
  severity: oneOrMore('error', 'warning', 'info', 'success'),
  resource: { allowed: 'an object with type, id or both, each a text', accepts: isResource },
  tenant: TEXT,
  requestId: TEXT,
  correlationId: TEXT,
  stream: TEXT,
  from: TIME,
  to: TIME,
  order: {
    allowed: '"newest" or "oldest"',
    accepts: (value) => value === 'newest' || value === 'oldest',
  },
};

const PAGE: Conditions<AuditPageQuery> = {
  ...FILTER,
  limit: {
    allowed: `a whole number from 1 to ${MAX_LIMIT}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_LIMIT,
  },
  cursor: {
    allowed: 'the nextCursor of a page, unchanged',
    accepts: (value) => isText(value) && /^(0|[1-9]\d{0,15})$/.test(value),
  },
};

/**
 * Refuses what is no filter. Filters often come from requests, and what the types forbid would otherwise be left out
 * (a misspelled condition) or read by the database's driver in its own way (an object in place of a text).
 *
 * @throws {InvalidAuditQueryError}
 */
export function checkFilter(filter: AuditFilter): void {
  check(filter, FILTER);
}

/** @throws {InvalidAuditQueryError} */
export function checkPageQuery(query: AuditPageQuery): void {
  check(query, PAGE);
}

/** @throws {InvalidAuditQueryError} the argument of that name is no text */
export function checkText(name: string, value: unknown): void {
  if (!isText(value)) throw new InvalidAuditQueryError(name, value, TEXT.allowed);
}

/** @throws {InvalidAuditQueryError} it is no point in time */
export function readTime(name: string, value: Date | string): string {
  const timestamp = TIME.accepts(value) ? toTimestamp(value) : null;
  if (timestamp === null) throw new InvalidAuditQueryError(name, value, TIME.allowed);
  return timestamp;
}

function check(query: unknown, conditions: Readonly<Record<string, Condition>>): void {
  if (typeof query !== 'object' || query === null || Array.isArray(query)) {
    throw new InvalidAuditQueryError('filter', query, 'an object of conditions');
  }
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(conditions, name)) {
      throw new InvalidAuditQueryError(`condition ${name}`, value, `one of ${Object.keys(conditions).join(', ')}`);
    }
    const { accepts, allowed } = conditions[name];
    if (value !== undefined && !accepts(value)) throw new InvalidAuditQueryError(name, value, allowed);
  }
}

function oneOrMore(...words: readonly string[]): Condition {
  return {
    allowed: `one or a list of ${words.join(', ')}`,
    accepts: (value) => (isTexts(value) ? value : [value]).every((word) => words.includes(word as string)),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function isResource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([name, part]) => (name === 'type' || name === 'id') && (part === undefined || isText(part)),
  );
}
