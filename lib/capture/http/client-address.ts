import { isIPv4 } from 'node:net';
import { withVisibleEscapes } from '../../redaction/text/identifier-escapes.js';
import { normalizeIp } from '../../redaction/http/ip-address.js';

/** What a dual-stack socket puts before IPv4. */
const MAPPED_PREFIX = '::ffff:';
const MAX_HOPS = 10;
const MAX_HOP_LENGTH = 64;

/** An address in its canonical form; nearly all of them are IPv4 and need no more than a look. */
export function addressOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const bare = value.startsWith(MAPPED_PREFIX) ? value.slice(MAPPED_PREFIX.length) : value;
  return isIPv4(bare) ? bare : normalizeIp(value);
}

/**
 * The chain that `X-Forwarded-For` claims, nearest proxy last, the last {@link MAX_HOPS} of them. Anybody can write the
 * header, so it is kept apart from the address and never taken for it.
 */
export function claimedChain(header: string | string[] | undefined): string[] | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? header : header.join(',');
  const hops = text
    .slice(-MAX_HOPS * (MAX_HOP_LENGTH + 2))
    .split(',')
    .map((hop) => withVisibleEscapes(hop.trim().slice(0, MAX_HOP_LENGTH)))
    .filter((hop) => hop !== '');
  return hops.length === 0 ? undefined : hops.slice(-MAX_HOPS);
}
