import { parse, stringify, v5 } from 'uuid';
import { nameUuid, sha256Hex } from '../../../lib/delivery/digest.js';

describe('nameUuid', () => {
  const dns = parse('6ba7b810-9dad-11d1-80b4-00c04fd430c8');

  it('reproduces the example of RFC 9562', () => {
    expect(nameUuid(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it.each(['', 'a', 'größe', '01a20065-5f70-736d-8311-a167bdebcffb'])(
    'agrees with an independent library on %j',
    (name) => {
      expect(nameUuid(dns, name)).toBe(v5(name, stringify(dns)));
    },
  );

  it('refuses a namespace of another size', () => {
    expect(() => nameUuid(dns.slice(1), 'x')).toThrow(RangeError);
  });
});

describe('sha256Hex', () => {
  it('hashes texts and bytes alike', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex(Buffer.from('größe'))).toBe(sha256Hex('größe'));
  });
});
