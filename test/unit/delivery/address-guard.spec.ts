import { AddressGuard } from '../../../lib/delivery/http/address-guard.js';

describe('AddressGuard', () => {
  const guard = new AddressGuard();

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'not an address',
    '',
  ])('does not permit %s', (address) => {
    expect(guard.permits(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.0.1.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
  ])('permits %s', (address) => {
    expect(guard.permits(address)).toBe(true);
  });

  it('permits what was allowed by name', () => {
    const own = new AddressGuard(['10.1.0.0/16', 'fd00::/8', '127.0.0.1']);
    for (const address of ['10.1.2.3', 'fd12::1', '127.0.0.1', '::ffff:127.0.0.1'])
      expect(own.permits(address)).toBe(true);
    for (const address of ['10.2.0.1', 'fc00::1', '127.0.0.2']) expect(own.permits(address)).toBe(false);
  });

  it('checks the very address that is connected to', async () => {
    const look = (own: AddressGuard, all: boolean): Promise<unknown> =>
      new Promise((resolve, reject) =>
        own.lookup('localhost', { all }, (error, address) => (error ? reject(error) : resolve(address))),
      );
    await expect(look(guard, true)).rejects.toThrow(/localhost \(.*\) is not a public address.*allowAddresses/);
    await expect(look(guard, false)).rejects.toThrow(/not a public address/);
    const own = new AddressGuard(['127.0.0.0/8', '::1']);
    expect(await look(own, false)).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(await look(own, true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.any(String) })]),
    );
  });
});
