import type { DeliveryItem } from '../delivery-item.js';
import { structuredData } from './structured-data.js';

export interface SyslogFormat {
  readonly facility: number;
  readonly enterpriseId: number | undefined;
  readonly hostname: string | undefined;
  readonly maxMessageBytes: number;
}

/** RFC 5424 §6.2.1: error, warning, informational, notice. */
const SEVERITY = { error: 3, warning: 4, info: 6, success: 5 } as const;
const BYTE_ORDER_MARK = '\ufeff';
/** `host:pid:boot`, as the library names a process. */
const INSTANCE = /^([^:]+):(\d+):[^:]+$/;

/**
 * One event as an RFC 5424 message: its JSON line as text, its coordinates as structured data. Follows from the event
 * alone, so each try sends the same.
 */
export function formatSyslog(item: DeliveryItem, format: SyslogFormat): Buffer {
  const whole = Buffer.from(header(item, format, undefined) + item.line);
  if (whole.length <= format.maxMessageBytes) return whole;
  const text = Buffer.from(item.line);
  const start = Buffer.from(header(item, format, text.length));
  return Buffer.concat([start, cutText(text, format.maxMessageBytes - start.length)]);
}

/** RFC 5425 §4.3: the message behind its length in octets. */
export function frame(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** All that stands before the text, the byte order mark included. */
function header(item: DeliveryItem, format: SyslogFormat, cutFrom: number | undefined): string {
  const { facility, enterpriseId, hostname } = format;
  const { service, severity, action, occurredAt } = item.record;
  const [, host, pid] = INSTANCE.exec(service.instance) ?? [];
  const fields = [
    `<${facility * 8 + SEVERITY[severity]}>1`,
    occurredAt,
    field(hostname ?? host, 255),
    field(service.name, 48),
    field(pid ?? service.instance, 128),
    field(action, 32),
    structuredData(item, enterpriseId, cutFrom),
    '',
  ];
  return fields.join(' ') + BYTE_ORDER_MARK;
}

/** A header field: printable ASCII without spaces, `-` for nothing. */
function field(value: string | undefined, maxLength: number): string {
  const text = (value ?? '').replace(/[^\x21-\x7e]/g, '_').slice(0, maxLength);
  return text === '' ? '-' : text;
}

/** At most so many octets, never a part of a character. */
function cutText(text: Buffer, octets: number): Buffer {
  let end = Math.max(0, Math.min(octets, text.length));
  while (end > 0 && end < text.length && (text[end] & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}
