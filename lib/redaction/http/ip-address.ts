import { isIP } from 'node:net';

const LONGEST_INPUT = 128;
const IPV4_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
/** Words of an IPv6 address. */
const WORDS = 8;
const KEPT_WORDS = 3;

/**
 * An IP address in its one canonical form (IPv6 as in RFC 5952): port, brackets, quotes and zone id taken off, IPv4 in
 * IPv6 (`::ffff:192.0.2.1`) unmapped. `undefined` for anything else: an unknown address is absent, never text.
 *
 * @param form `truncated` keeps the network only: /24 of IPv4, /48 of IPv6
 */
export function normalizeIp(value: unknown, form: 'full' | 'truncated' = 'full'): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_INPUT) return undefined;
  const address = bare(value.trim());
  switch (isIP(address)) {
    case 4:
      return form === 'full' ? address : truncatedIpv4(address);
    case 6:
      return normalizeIpv6(address, form);
    default:
      return undefined;
  }
}

function bare(text: string): string {
  const unquoted = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  const address = BRACKETED.exec(unquoted)?.[1] ?? IPV4_PORT.exec(unquoted)?.[1] ?? unquoted;
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}

function normalizeIpv6(address: string, form: 'full' | 'truncated'): string {
  const words = ipv6Words(address);
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (isMapped) {
    const ipv4 = `${words[6] >> 8}.${words[6] & 255}.${words[7] >> 8}.${words[7] & 255}`;
    return form === 'full' ? ipv4 : truncatedIpv4(ipv4);
  }
  return formatIpv6(form === 'full' ? words : words.map((word, index) => (index < KEPT_WORDS ? word : 0)));
}

function truncatedIpv4(address: string): string {
  return `${address.slice(0, address.lastIndexOf('.'))}.0`;
}

/** The eight 16-bit words of an address that is known to be valid. */
function ipv6Words(address: string): number[] {
  const [head, tail] = address.split('::').map(wordsOf);
  return tail === undefined ? head : [...head, ...zeros(WORDS - head.length - tail.length), ...tail];
}

function wordsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((word) => {
    if (!word.includes('.')) return [Number.parseInt(word, 16)];
    const [a, b, c, d] = word.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** The longest run of two or more zero words, the first of several, becomes `::`. */
function formatIpv6(words: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let index = 0; index < WORDS; index++) {
    let end = index;
    while (end < WORDS && words[end] === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
    index = Math.max(index, end - 1);
  }
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':');
  return start === -1 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}
