import type { SectionName } from './audit-event.interface.js';
import { jsonMembers } from './json-members.js';

/** What a line is made of: the columns of `audit_event` that outlive it. */
export interface LineSource {
  /** Canonical bytes of the record, as text. */
  readonly record: string;
  readonly hash: string;
  /** JSON text of the event's own signature. */
  readonly signature: string | null;
  /** `{"client":{"salt":"…","value":…},…}`; null when there are none. */
  readonly sections: string | null;
}

/**
 * The JSON Lines form of a sealed event, without the line feed:
 * `{"record":{…},"hash":"…","signature":{…}?,"sections":{"client":{"salt":"…","value":{…}},…}?}`.
 *
 * The record and each section stand in it byte for byte as they are stored, so they can be cut out and hashed. The same
 * source and the same list of sections always make the same line.
 *
 * @param sections which sections to write; what is not named leaves no trace in the line, its salt neither
 * @throws SyntaxError if the stored sections are not an object
 * @publicApi
 */
export function formatJsonLine(source: LineSource, sections: 'all' | readonly SectionName[] = 'all'): string {
  let line = `{"record":${source.record},"hash":"${source.hash}"`;
  if (source.signature !== null) line += `,"signature":${source.signature}`;
  const kept = source.sections === null ? null : pickSections(source.sections, sections);
  if (kept !== null) line += `,"sections":${kept}`;
  return `${line}}`;
}

/**
 * Cuts some sections out of the stored text, byte for byte.
 *
 * @returns null if none of them is there
 */
export function pickSections(stored: string, names: 'all' | readonly SectionName[]): string | null {
  if (names === 'all') return stored === '{}' ? null : stored;
  if (names.length === 0) return null;
  const kept = jsonMembers(stored)
    .filter(({ name }) => (names as readonly string[]).includes(name))
    .map(({ name, start, end }) => `"${name}":${stored.slice(start, end)}`);
  return kept.length === 0 ? null : `{${kept.join(',')}}`;
}
