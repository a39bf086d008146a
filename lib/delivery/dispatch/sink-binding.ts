import { SECTION_NAMES } from '../../event/audit-event.interface.js';
import type { SectionName } from '../../event/audit-event.interface.js';
import type { AuditSink, ConfiguredSink } from '../audit-sink.interface.js';
import { DeliveryConfigurationError } from '../delivery.errors.js';
import { DEFAULT_RETRY_POLICY } from '../retry/index.js';
import type { RetryPolicy } from '../retry/index.js';
import { compileRoute } from '../routing/compile-route.js';
import type { Route } from '../routing/route.interface.js';

export interface SinkBinding {
  readonly sink: AuditSink;
  readonly name: string;
  readonly route: Route;
  /** Whether there is a route at all; without one each event goes to the sink. */
  readonly routed: boolean;
  readonly sections: readonly SectionName[];
  readonly required: boolean;
  readonly startAt: 'start' | 'now';
  readonly maxBatch: number;
  readonly maxBatchBytes: number;
  readonly lingerMs: number;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

const SINK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DEFAULT_BATCH = 200;
const DEFAULT_BATCH_BYTES = 1_048_576;
const DEFAULT_TIMEOUT_MS = 60_000;

/** @throws DeliveryConfigurationError naming the sink and the option */
export function bindSink(sink: ConfiguredSink): SinkBinding {
  const { name } = sink;
  if (typeof name !== 'string' || !SINK_NAME.test(name)) {
    throw new DeliveryConfigurationError(
      `${JSON.stringify(name)} can't be the name of a sink: cursors and receipts are kept under it, so it must be ` +
        '1–64 letters, digits, dots, hyphens or underscores and begin with a letter or digit.',
    );
  }
  if (typeof sink.deliver !== 'function') {
    throw new DeliveryConfigurationError(`The sink "${name}" has no method deliver(batch, signal).`);
  }
  const retry = { ...DEFAULT_RETRY_POLICY, ...withoutUndefined(sink.retry ?? {}) };
  for (const [option, value] of Object.entries(retry)) whole(name, `retry.${option}`, value, 0);
  return {
    sink,
    name,
    route: compileRoute(name, sink.when),
    routed: sink.when !== undefined,
    sections: knownSections(name, sink.sections ?? []),
    required: sink.required ?? false,
    startAt: oneOf(name, 'startAt', sink.startAt ?? 'start', ['start', 'now'] as const),
    maxBatch: whole(name, 'maxBatch', sink.maxBatch ?? DEFAULT_BATCH, 1),
    maxBatchBytes: whole(name, 'maxBatchBytes', sink.maxBatchBytes ?? DEFAULT_BATCH_BYTES, 1),
    lingerMs: whole(name, 'lingerMs', sink.lingerMs ?? 0, 0),
    timeoutMs: whole(name, 'timeoutMs', sink.timeoutMs ?? DEFAULT_TIMEOUT_MS, 1),
    retry,
  };
}

function knownSections(sink: string, sections: readonly SectionName[]): readonly SectionName[] {
  const unknown = sections.filter((name) => !SECTION_NAMES.includes(name));
  if (unknown.length === 0) return [...sections];
  throw new DeliveryConfigurationError(
    `The option "sections" of sink "${sink}" names ${unknown.join(', ')}. Sections are: ${SECTION_NAMES.join(', ')}.`,
  );
}

function whole(sink: string, option: string, value: number, min: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new DeliveryConfigurationError(
    `The option "${option}" of sink "${sink}" is a whole number from ${min}, got ${String(value)}.`,
  );
}

function oneOf<T extends string>(sink: string, option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new DeliveryConfigurationError(
    `The option "${option}" of sink "${sink}" is one of ${allowed.join(', ')}, got ${JSON.stringify(value)}.`,
  );
}

function withoutUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
