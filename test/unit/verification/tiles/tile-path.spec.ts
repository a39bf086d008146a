import fc from 'fast-check';
import {
  TileError,
  hashesAtLevel,
  parseTilePath,
  tilePath,
  tileWidth,
  tilesOf,
} from '../../../../lib/verification/tiles/index.js';

describe('tilePath', () => {
  it.each([
    [0, 5, 256, 'tile/0/005'],
    [0, 0, 1, 'tile/0/000.p/1'],
    [3, 999, 256, 'tile/3/999'],
    [1, 1000, 256, 'tile/1/x001/000'],
    [0, 1234067, 256, 'tile/0/x001/x234/067'],
    [0, 1234067, 112, 'tile/0/x001/x234/067.p/112'],
    [63, 0, 255, 'tile/63/000.p/255'],
    ['entries', 1000, 44, 'tile/entries/x001/000.p/44'],
  ] as const)('writes level %s, index %i, width %i as %s', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, index, width });
  });

  it('is read as it is written', () => {
    const level = fc.oneof(fc.nat(63), fc.constant('entries' as const));
    fc.assert(
      fc.property(level, fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (one, index, width) => {
        expect(parseTilePath(tilePath(one, index, width))).toEqual({ level: one, index, width });
      }),
    );
  });

  it.each([
    [64, 0, 256],
    [-1, 0, 256],
    [0.5, 0, 256],
    [0, -1, 256],
    [0, 1.5, 256],
    [0, 2 ** 53, 256],
    [0, 0, 0],
    [0, 0, 257],
    [0, 0, NaN],
  ])('refuses level %d, index %d, width %d', (level, index, width) => {
    expect(() => tilePath(level, index, width)).toThrow(expect.objectContaining({ reason: 'malformed_path' }));
  });

  it.each([
    '',
    'checkpoint',
    '/tile/0/000',
    'tile/0/5',
    'tile/0/0005',
    'tile/00/005',
    'tile/64/005',
    'tile/-1/005',
    'tile/0/000/005',
    'tile/0/x000/005',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/005.p/0',
    'tile/0/005.p/256',
    'tile/0/005.p/01',
    'tile/0/005.p/',
    'tile/0/005.p',
    'tile/0/../005',
    'tile/entries/005/',
    'tile/data/005',
    'tile/0/005\n',
    `tile/0/${'x999/'.repeat(6)}999`,
  ])('does not read %j', (path) => {
    expect(() => parseTilePath(path)).toThrow(TileError);
  });
});

describe('tile layout', () => {
  const full = (level: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ level, index, width: 256 }));

  it.each([
    [0, []],
    [1, [{ level: 0, index: 0, width: 1 }]],
    [255, [{ level: 0, index: 0, width: 255 }]],
    [256, [...full(0, 1), { level: 1, index: 0, width: 1 }]],
    [257, [...full(0, 1), { level: 0, index: 1, width: 1 }, { level: 1, index: 0, width: 1 }]],
    [65_536, [...full(0, 256), ...full(1, 1), { level: 2, index: 0, width: 1 }]],
    [
      70_000,
      [
        ...full(0, 273),
        { level: 0, index: 273, width: 112 },
        ...full(1, 1),
        { level: 1, index: 1, width: 17 },
        { level: 2, index: 0, width: 1 },
      ],
    ],
  ])('of size %i is the published one', (size, tiles) => {
    expect([...tilesOf(size)]).toEqual(tiles);
  });

  it('does not truncate large sizes to 32 bits', () => {
    const size = 2 ** 52 + 2 ** 40 + 300;
    expect(hashesAtLevel(5, size)).toBe(2 ** 12 + 1);
    expect(tileWidth(0, 2 ** 44 + 2 ** 32 + 1, size)).toBe(44);
    expect(tileWidth(0, 2 ** 44 + 2 ** 32, size)).toBe(256);
    expect(tileWidth(0, 2 ** 44 + 2 ** 32 + 2, size)).toBe(0);
    expect(tileWidth(6, 0, size)).toBe(16);
  });
});
