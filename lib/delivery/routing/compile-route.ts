import type { AuditRecord } from '../../event/audit-record.interface.js';
import { DeliveryConfigurationError } from '../delivery.errors.js';
import { safeErrorText } from '../safe-error-text.js';
import { matchesPattern } from './pattern.js';
import type { Route, RouteDecision, RouteFilter, RouteFunction } from './route.interface.js';

/** Action of the event that `sink test` sends; its resource id names the sink, and only that sink gets it. */
export const SINK_TEST_ACTION = 'audit.sink_test';
export const SINK_RESOURCE_TYPE = 'audit_sink';

const DELIVER: RouteDecision = { kind: 'deliver' };
const SKIP: RouteDecision = { kind: 'skip' };

const FIELDS: Record<keyof RouteFilter, (record: AuditRecord) => string | undefined> = {
  action: (record) => record.action,
  outcome: (record) => record.outcome,
  severity: (record) => record.severity,
  tenant: (record) => record.tenant?.id,
  resource: (record) => record.resource?.type,
  actorType: (record) => record.actor.type,
};

/**
 * Turns the option `when` of a sink into a function.
 *
 * @throws DeliveryConfigurationError for a field or shape that is not known: a mistyped filter must not widen delivery
 */
export function compileRoute(sink: string, when: RouteFilter | RouteFunction | undefined): Route {
  const decide =
    when === undefined ? () => DELIVER : typeof when === 'function' ? byFunction(when) : byFilter(sink, when);
  return (record) => (record.action === SINK_TEST_ACTION ? forTest(sink, record) : decide(record));
}

function forTest(sink: string, record: AuditRecord): RouteDecision {
  return record.resource?.type === SINK_RESOURCE_TYPE && record.resource.id === sink ? DELIVER : SKIP;
}

function byFunction(when: RouteFunction): Route {
  return (record) => {
    try {
      const answer: unknown = when(record);
      if (typeof answer === 'boolean') return answer ? DELIVER : SKIP;
      return park(`it returned ${describe(answer)} instead of true or false`);
    } catch (error) {
      return park(`it threw ${safeErrorText(error)}`);
    }
  };
}

function park(problem: string): RouteDecision {
  return { kind: 'park', error: `The routing function \`when\` failed: ${problem}.` };
}

function describe(value: unknown): string {
  if (typeof (value as { then?: unknown } | null)?.then === 'function') return 'a promise (it must be synchronous)';
  return value === null ? 'null' : `a value of type ${typeof value}`;
}

function byFilter(sink: string, when: RouteFilter): Route {
  if (typeof when !== 'object' || when === null || Array.isArray(when)) {
    throw new DeliveryConfigurationError(`The option "when" of sink "${sink}" is an object of lists, or a function.`);
  }
  const tests = Object.entries(when)
    .filter(([, patterns]) => patterns !== undefined)
    .map(([field, patterns]) => fieldTest(sink, field, patterns));
  return (record) => (tests.every((test) => test(record)) ? DELIVER : SKIP);
}

function fieldTest(sink: string, field: string, patterns: unknown): (record: AuditRecord) => boolean {
  if (!Object.hasOwn(FIELDS, field)) {
    throw new DeliveryConfigurationError(
      `The option "when" of sink "${sink}" has the unknown field "${field}", which could send the wrong events. ` +
        `Allowed are: ${Object.keys(FIELDS).join(', ')}.`,
    );
  }
  if (
    !Array.isArray(patterns) ||
    patterns.length === 0 ||
    patterns.some((one) => typeof one !== 'string' || one === '')
  ) {
    throw new DeliveryConfigurationError(
      `The option "when.${field}" of sink "${sink}" is a list of patterns that are not empty, e.g. ["invoice.*"].`,
    );
  }
  const read = FIELDS[field as keyof RouteFilter];
  return (record) => {
    const value = read(record);
    return value !== undefined && (patterns as string[]).some((pattern) => matchesPattern(pattern, value));
  };
}
