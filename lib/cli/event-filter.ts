import { Option } from 'commander';
import type { Command } from 'commander';
import { SECTION_NAMES } from '../event/audit-event.interface.js';
import type { SectionName } from '../event/audit-event.interface.js';
import { toTimestamp } from '../event/timestamp.js';
import type { EventFilter } from '../ledger/ledger-store.port.js';
import { CliError } from './cli.error.js';

/** Filters as they come from the command line. */
export interface FilterFlags {
  readonly action?: string[];
  readonly actor?: string;
  readonly actorType?: string;
  readonly outcome?: string[];
  readonly severity?: string[];
  readonly resource?: string;
  readonly tenant?: string;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly stream?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Adds the filters that `export` and `tail` share. */
export function addFilters(command: Command): Command {
  return command
    .addOption(new Option('--action <names...>', 'only these actions; "invoice.*" for all that begin alike'))
    .option('--actor <id>', 'only events of this actor')
    .option('--actor-type <type>', 'only actors of this type')
    .addOption(new Option('--outcome <outcomes...>', 'only these outcomes').choices(['success', 'failure', 'denied']))
    .option('--severity <severities...>', 'only these severities')
    .option('--resource <type[:id]>', 'only this resource, or this type of resource')
    .option('--tenant <id>', 'only this tenant')
    .option('--request-id <id>', 'only this request')
    .option('--correlation-id <id>', 'only this correlation')
    .option('--stream <name>', 'only this stream')
    .option('--since <time>', 'events that happened then or later (RFC 3339)')
    .option('--until <time>', 'events that happened before (RFC 3339)');
}

/** @throws CliError for a time that is none */
export function toEventFilter(flags: FilterFlags): EventFilter {
  const [type, ...id] = flags.resource?.split(':') ?? [];
  const prefix = flags.action?.length === 1 && flags.action[0].endsWith('*') ? flags.action[0].slice(0, -1) : undefined;
  if (prefix === undefined && flags.action?.some((name) => name.endsWith('*'))) {
    throw new CliError('Of several actions none can be a pattern: give one "…*", or name the actions in full.');
  }
  const filter = {
    action: prefix === undefined ? flags.action : undefined,
    actionPrefix: prefix,
    actorId: flags.actor,
    actorType: flags.actorType,
    outcome: flags.outcome,
    severity: flags.severity,
    resourceType: type,
    resourceId: id.length > 0 ? id.join(':') : undefined,
    tenantId: flags.tenant,
    requestId: flags.requestId,
    correlationId: flags.correlationId,
    stream: flags.stream,
    occurredFrom: timeOf('--since', flags.since),
    occurredUntil: timeOf('--until', flags.until),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** `all`, `none`, or names. @throws CliError */
export function toSections(text: string): 'all' | SectionName[] {
  if (text === 'all') return 'all';
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const stranger = names.find((name) => !(SECTION_NAMES as readonly string[]).includes(name));
  if (stranger === undefined) return names as SectionName[];
  throw new CliError(`There is no section "${stranger}". Write all, none, or some of ${SECTION_NAMES.join(', ')}.`);
}

/** A whole number from 0. @throws CliError */
export function toCount(flag: string): (text: string) => number {
  return (text) => {
    const number = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(number)) return number;
    throw new CliError(`${flag} takes a whole number from 0, got "${text}".`);
  };
}

function timeOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = toTimestamp(text);
  if (time !== null) return time;
  throw new CliError(`${flag} takes a time such as 2026-11-21T20:44:00Z, got "${text}".`);
}
