import type { DeliveryItem } from '../delivery-item.js';

/** Octets of one escaped value; keeps all structured data within what every receiver takes. */
const LONGEST_VALUE = 128;
const LARGEST_SEQUENCE_ID = 2_147_483_647;
/** Needs neither escaping nor cutting. */
const PLAIN = /^[ !#-[^-~]{0,128}$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * Structured data of an event (RFC 5424 §6.3): the registered elements `meta` and `origin`, and with an enterprise
 * number one of our own. Never truncated; values that are too long are.
 *
 * @param cutFrom length of the whole text in octets if the message holds only a part of it
 */
export function structuredData(
  item: DeliveryItem,
  enterpriseId: number | undefined,
  cutFrom: number | undefined,
): string {
  const { record } = item;
  const { service, actor, tenant, resource } = record;
  const meta = element('meta', { sequenceId: String((item.logIndex % LARGEST_SEQUENCE_ID) + 1) });
  const origin = element('origin', {
    software: cut(service.name, 48),
    swVersion: service.version && cut(service.version, 32),
  });
  if (enterpriseId === undefined) return meta + origin;
  return (
    meta +
    origin +
    element(`audit@${enterpriseId}`, {
      id: item.eventId,
      index: String(item.logIndex),
      stream: record.stream,
      hash: item.hash,
      outcome: record.outcome,
      actor: actor.id,
      tenant: tenant?.id,
      resource: resource && [resource.type, resource.id].filter(Boolean).join('/'),
      truncated: cutFrom === undefined ? undefined : String(cutFrom),
    })
  );
}

function element(id: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(parameters).map(([name, value]) =>
    value === undefined || value === '' ? '' : ` ${name}="${escapeValue(value)}"`,
  );
  return `[${id}${written.join('')}]`;
}

/** Escapes `"`, `\` and `]` (§6.3.3) and keeps whole characters up to the limit. */
export function escapeValue(value: string): string {
  if (PLAIN.test(value)) return value;
  let text = '';
  let octets = 0;
  for (const character of value.replace(CONTROL, '\ufffd')) {
    const escaped = character === '"' || character === '\\' || character === ']' ? `\\${character}` : character;
    octets += Buffer.byteLength(escaped);
    if (octets > LONGEST_VALUE) break;
    text += escaped;
  }
  return text;
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : Array.from(text).slice(0, characters).join('');
}
