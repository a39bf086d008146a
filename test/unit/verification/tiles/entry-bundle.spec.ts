import fc from 'fast-check';
import {
  MAX_ENTRY_BYTES,
  TileError,
  decodeEntryBundle,
  encodeEntryBundle,
} from '../../../../lib/verification/tiles/index.js';

describe('entry bundle', () => {
  it('is each length in two bytes, then the entry', () => {
    const bundle = encodeEntryBundle([Buffer.from('ab'), Buffer.alloc(0), Buffer.from('c')]);
    expect(bundle.toString('hex')).toBe('0002616200000001' + '63');
  });

  it('is read as it was written', () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(entries, (list) => {
        expect(decodeEntryBundle(encodeEntryBundle(list), list.length)).toEqual(list.map((one) => Buffer.from(one)));
      }),
    );
  });

  it('takes entries of up to 65,535 bytes', () => {
    const largest = Buffer.alloc(MAX_ENTRY_BYTES, 'x');
    expect(decodeEntryBundle(encodeEntryBundle([largest]), 1)).toEqual([largest]);
    expect(() => encodeEntryBundle([Buffer.alloc(MAX_ENTRY_BYTES + 1)])).toThrow(
      expect.objectContaining({ reason: 'entry_too_large' }),
    );
  });

  it.each([0, 257])('does not hold %i entries', (count) => {
    expect(() => encodeEntryBundle(Array.from({ length: count }, () => Buffer.alloc(1)))).toThrow(TileError);
  });

  const bundle = encodeEntryBundle([Buffer.from('ab'), Buffer.from('c')]);
  it.each([
    ['cut inside an entry', bundle.subarray(0, -1), 2],
    ['cut inside a length', bundle.subarray(0, 5), 2],
    ['with a trailing byte', Buffer.concat([bundle, Buffer.alloc(1)]), 2],
    ['with too few entries', bundle, 3],
    ['with too many entries', bundle, 1],
    ['of nothing', Buffer.alloc(0), 1],
  ])('is refused %s', (_, bytes, width) => {
    expect(() => decodeEntryBundle(bytes, width)).toThrow(expect.objectContaining({ reason: 'malformed_bundle' }));
  });
});
