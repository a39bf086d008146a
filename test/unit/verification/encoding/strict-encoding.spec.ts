import fc from 'fast-check';
import {
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  parseUint64,
} from '../../../../lib/verification/encoding/strict-encoding.js';

describe('decodeBase64', () => {
  it('reads what encodeBase64 writes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each(['6gp=', '6go', '6g o=', '6go=zzz', '6go=\n', ' 6go=', '6go==', '-_8=', '=', 'A', '6go=6go='])(
    'refuses %j, which Node would read',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );

  it('reads the one right spelling', () => {
    expect(decodeBase64('6go=')).toEqual(Buffer.from('ea0a', 'hex'));
    expect(decodeBase64('+/8=')).toEqual(Buffer.from('fbff', 'hex'));
    expect(decodeBase64('')).toEqual(Buffer.alloc(0));
  });
});

describe('parseUint64', () => {
  it.each(['0x8', '', ' 8 ', '08', '-1', '+1', '1.0', '1e3', '8\n', '٣', '18446744073709551616'])(
    'refuses %j',
    (text) => {
      expect(parseUint64(text)).toBeUndefined();
    },
  );

  it('reads 0 to 2^64−1', () => {
    expect(parseUint64('0')).toBe(0n);
    expect(parseUint64('18446744073709551615')).toBe(2n ** 64n - 1n);
  });
});

describe('decodeUtf8', () => {
  it('keeps a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeffx'))).toBe('\ufeffx');
  });

  it.each(['ff', 'c080', 'eda080', 'f4908080', 'e282', '80'])('refuses the bytes %s', (hex) => {
    expect(decodeUtf8(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
