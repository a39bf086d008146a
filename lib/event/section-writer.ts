import { createHash } from 'node:crypto';
import { SECTION_NAMES } from './audit-event.interface.js';
import type { AuditEvent, EventFlag, SectionName } from './audit-event.interface.js';
import { canonicalize, quoteName, sortNames } from './canonical.js';
import { SafeJson } from './safe-json.js';
import type { SectionText } from './sealable-event.js';
import type { ValueSanitizer } from './value-sanitizer.interface.js';

const MAX_ERROR_MESSAGE_LENGTH = 8192;
const NO_FLAGS: readonly EventFlag[] = [];

/** Writes the erasable parts of an event as redacted, capped, canonical JSON. */
export class SectionWriter {
  constructor(
    private readonly sanitizer: ValueSanitizer,
    private readonly maxBytes: number,
  ) {}

  write(event: AuditEvent): { sections: SectionText[]; flags: readonly EventFlag[] } {
    const sections: SectionText[] = [];
    const flags = new FlagSet();
    for (const name of SECTION_NAMES) {
      const value = sectionOf(event, name, this.sanitizer);
      if (value === undefined) continue;
      const json = this.fit(this.members(name, value, flags), flags);
      if (json !== '{}' && json !== '[]') sections.push({ name, json });
    }
    return { sections, flags: flags.list() };
  }

  /** A section's JSON, or its members with their JSON when some of them were captured earlier. */
  private members(name: SectionName, value: object, flags: FlagSet): string | [string, string][] {
    if (value instanceof SafeJson) {
      flags.addAll(value.flags);
      return value.text;
    }
    if (!hasSafeMember(value as Record<string, unknown>)) {
      const { json, flags: found } = this.sanitizer.sanitizeToJson(value, name);
      flags.addAll(found);
      return json;
    }
    const members: [string, string][] = [];
    for (const key of sortNames(Object.keys(value))) {
      const member = (value as Record<string, unknown>)[key];
      if (member === undefined) continue;
      if (member instanceof SafeJson) {
        flags.addAll(member.flags);
        members.push([key, member.text]);
      } else {
        members.push([key, this.member(name, key, member, flags)]);
      }
    }
    return members;
  }

  private member(section: SectionName, key: string, member: unknown, flags: FlagSet): string {
    const { json, flags: found } = this.sanitizer.memberToJson(key, member, section);
    flags.addAll(found);
    return json;
  }

  /** Lets the largest members give way to `{truncated, bytes, sha256}` until the section fits. */
  private fit(json: string | [string, string][], flags: FlagSet): string {
    const whole = typeof json === 'string' ? json : joinMembers(json);
    // A UTF-16 unit is at most three UTF-8 bytes: most sections are known to fit without counting.
    if (whole.length * 3 <= this.maxBytes || Buffer.byteLength(whole) <= this.maxBytes) return whole;
    flags.addAll(['truncated']);
    const members: [string, string][] = typeof json === 'string' ? splitMembers(json) : json;
    const bySize = members.map((member) => member).sort((a, b) => b[1].length - a[1].length);
    for (const member of bySize) {
      member[1] = digestOf(member[1]);
      const smaller = joinMembers(members);
      if (Buffer.byteLength(smaller) <= this.maxBytes) return smaller;
    }
    return digestOf(whole);
  }
}

/** The digest is of text that has been redacted already, so it gives no secret away. */
function digestOf(json: string): string {
  const sha256 = createHash('sha256').update(json).digest('hex');
  return `{"bytes":${Buffer.byteLength(json)},"sha256":"${sha256}","truncated":true}`;
}

function hasSafeMember(value: Readonly<Record<string, unknown>>): boolean {
  for (const key of Object.keys(value)) if (value[key] instanceof SafeJson) return true;
  return false;
}

function joinMembers(members: readonly [string, string][]): string {
  let text = '';
  for (const [key, json] of members) text += (text === '' ? '{' : ',') + quoteName(key) + json;
  return text === '' ? '{}' : `${text}}`;
}

function splitMembers(json: string): [string, string][] {
  const value = JSON.parse(json) as Record<string, unknown>;
  if (Array.isArray(value)) return [['items', json]];
  return Object.keys(value)
    .sort()
    .map((key) => [key, canonicalize(value[key])]);
}

function sectionOf(event: AuditEvent, name: SectionName, sanitizer: ValueSanitizer): object | undefined {
  switch (name) {
    case 'client':
      return clientSection(event);
    case 'error':
      return event.error === undefined || event.error === null ? undefined : errorSection(event.error, sanitizer);
    case 'metadata':
      return metadataSection(event);
    default:
      return event[name] as object | undefined;
  }
}

function clientSection(event: AuditEvent): object | undefined {
  const { email, name } = event.actor ?? {};
  if (email === undefined && name === undefined) return event.client;
  const section: Record<string, unknown> = {};
  Object.assign(section, event.client);
  if (email !== undefined) section.email = email;
  if (name !== undefined) section.displayName = name;
  return section;
}

function metadataSection(event: AuditEvent): object | undefined {
  const reason = typeof event.reason === 'string' ? event.reason : event.reason?.text;
  return reason === undefined ? event.metadata : { ...event.metadata, reason };
}

/** Class, code and message; no stack, because stacks show paths and source of the machine they come from. */
function errorSection(error: unknown, sanitizer: ValueSanitizer): object {
  if (error instanceof SafeJson) return error;
  if (typeof error !== 'object' || error === null) return { message: sanitizer.text(error, MAX_ERROR_MESSAGE_LENGTH) };
  const { class: given, name, code, message } = error as Record<string, unknown>;
  const kind = given ?? (error instanceof Error ? (error.constructor?.name ?? name) : name);
  return {
    ...(kind === undefined ? {} : { class: sanitizer.identifier(kind) }),
    ...(code === undefined ? {} : { code: sanitizer.identifier(code) }),
    ...(message === undefined ? {} : { message: sanitizer.text(message, MAX_ERROR_MESSAGE_LENGTH) }),
  };
}

/** Most events have no flag at all, so nothing is allocated until one turns up. */
class FlagSet {
  private found?: Set<EventFlag>;

  addAll(flags: readonly EventFlag[]): void {
    if (flags.length === 0) return;
    this.found ??= new Set();
    for (const flag of flags) this.found.add(flag);
  }

  list(): readonly EventFlag[] {
    return this.found ? [...this.found] : NO_FLAGS;
  }
}
