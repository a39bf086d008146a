import { createHash, hash } from 'node:crypto';
import { canonicalize, formatCanonicalNumber } from '../../../lib/event/canonical.js';
import { EDGE_DOUBLES } from './canonical-numbers.vector.js';

const BLOCK_OF_BITS = 2_000;
const scratch = Buffer.alloc(8);

function double(bits: bigint): number {
  scratch.writeBigUInt64BE(bits);
  return scratch.readDoubleBE();
}

/** Edge cases, then a run of consecutive bit patterns, then doubles from a SHA-256 chain. */
function* numberSequence(): Generator<bigint> {
  for (let offset = 0; offset < EDGE_DOUBLES.length; offset += 8) yield EDGE_DOUBLES.readBigUInt64BE(offset);
  for (let step = 0n; step < BLOCK_OF_BITS; step++) yield 0x0010000000000000n + step;
  let block: Buffer = Buffer.alloc(32);
  for (;;) {
    block = hash('sha256', block, 'buffer');
    for (let offset = 0; offset < block.length; offset += 8) {
      const bits = block.readBigUInt64LE(offset);
      if (double(bits) !== 0 && Number.isFinite(double(bits))) yield bits;
    }
  }
}

describe('canonical numbers', () => {
  it.each([
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000001', '9007199254740994'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['8000000000000000', '0'],
  ])('prints the double %s as %s', (bits, text) => {
    expect(formatCanonicalNumber(double(BigInt(`0x${bits}`)))).toBe(text);
  });

  it('prints the number sequence to the published digests', () => {
    const published = new Map([
      [1_000, [37_967, 'be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687']],
      [10_000, [399_022, 'b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892']],
      [100_000, [4_031_728, '22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7']],
    ]);
    const found = new Map<number, [number, string]>();
    const digest = createHash('sha256');
    let count = 0;
    let bytes = 0;
    for (const bits of numberSequence()) {
      const line = `${bits.toString(16)},${formatCanonicalNumber(double(bits))}\n`;
      digest.update(line);
      bytes += line.length;
      count++;
      if (published.has(count)) found.set(count, [bytes, digest.copy().digest('hex')]);
      if (count === 100_000) break;
    }
    expect(found).toEqual(published);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s', (value) => {
    expect(() => formatCanonicalNumber(value)).toThrow(expect.objectContaining({ reason: 'not_finite' }));
    expect(() => canonicalize([value])).toThrow(expect.objectContaining({ reason: 'not_finite', path: '/0' }));
  });

  it.each([2 ** 53, -(2 ** 53), 9007199254740994, 999999999999999700000])(
    'refuses the integer %s, which prints as digits that may have been rounded',
    (value) => {
      expect(() => canonicalize({ n: value })).toThrow(
        expect.objectContaining({ reason: 'unsafe_integer', path: '/n' }),
      );
    },
  );

  it('takes the largest safe integers, and numbers that print with an exponent', () => {
    expect(canonicalize([2 ** 53 - 1, -(2 ** 53 - 1), 1e21, -1e300])).toBe(
      '[9007199254740991,-9007199254740991,1e+21,-1e+300]',
    );
  });
});
