import { BlockList, isIP, isIPv4 } from 'node:net';
import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { DeliveryConfigurationError } from '../delivery.errors.js';

/** The destination resolves to an address that is not a public one. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
  readonly code = 'AUDIT_FORBIDDEN_ADDRESS';
}

type Range = readonly [address: string, prefix: number];

/** IPv4 blocks that are not globally reachable, and multicast: IANA's special-purpose registry (RFC 6890). */
const SPECIAL_V4: readonly Range[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Within 2000::/3, all that is public, these are special or carry an IPv4 address that nobody would look at. */
const SPECIAL_V6: readonly Range[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
const PUBLIC_V6: Range = ['2000::', 3];
const MAPPED_V4 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * Tells which addresses a destination may have: public ones, and those that were allowed by name. Protects the inner
 * network from a URL that somebody else chose (server-side request forgery).
 */
export class AddressGuard {
  private readonly special = new BlockList();
  private readonly publicV6 = new BlockList();
  private readonly allowed = new BlockList();

  /**
   * @param allow addresses and networks (`10.1.0.0/16`, `127.0.0.1`, `fd00::/8`) that are destinations all the same
   * @throws DeliveryConfigurationError for anything else
   */
  constructor(allow: readonly string[] = []) {
    for (const [address, prefix] of SPECIAL_V4) this.special.addSubnet(address, prefix, 'ipv4');
    for (const [address, prefix] of SPECIAL_V6) this.special.addSubnet(address, prefix, 'ipv6');
    this.publicV6.addSubnet(...PUBLIC_V6, 'ipv6');
    for (const network of allow) this.allow(network);
  }

  permits(address: string): boolean {
    const plain = MAPPED_V4.exec(address)?.[1] ?? address;
    const version = isIP(plain);
    if (version === 0) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (this.allowed.check(plain, family)) return true;
    if (this.special.check(plain, family)) return false;
    return version === 4 || this.publicV6.check(plain, 'ipv6');
  }

  /** @throws ForbiddenAddressError if the host is written as an address that is not permitted */
  checkHost(hostname: string): void {
    const address = hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0 && !this.permits(address)) throw forbidden(hostname, address);
  }

  /**
   * Resolves names and lets only permitted addresses through. The connection goes to the very address that was
   * checked, so a name that resolves differently a moment later changes nothing.
   */
  get lookup(): LookupFunction {
    return (hostname, options, callback) => {
      systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[] = []) => {
        const bad = addresses.find(({ address }) => !this.permits(address));
        if (error) callback(error, '', 0);
        else if (bad) callback(forbidden(hostname, bad.address), '', 0);
        else if (options.all) callback(null, addresses);
        else callback(null, addresses[0].address, addresses[0].family);
      });
    };
  }

  private allow(network: string): void {
    const [address, prefix, ...rest] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const bits = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix);
    const isNumber = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (isIP(address) === 0 || !isNumber || bits > (family === 'ipv4' ? 32 : 128) || rest.length > 0) {
      throw new DeliveryConfigurationError(
        `${JSON.stringify(network)} is no address or network that could be allowed. Write 10.1.0.0/16, 127.0.0.1 or fd00::/8.`,
      );
    }
    this.allowed.addSubnet(address, bits, family);
  }
}

function forbidden(hostname: string, address: string): ForbiddenAddressError {
  const place = hostname.replace(/^\[|\]$/g, '') === address ? hostname : `${hostname} (${address})`;
  return new ForbiddenAddressError(
    `${place} is not a public address, so nothing is sent there. If it is the right one, add it to allowAddresses.`,
  );
}
