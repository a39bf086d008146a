import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { idTime } from '../../../../lib/storage/file/index/id-time.js';
import { IdZones } from '../../../../lib/storage/file/index/id-zones.js';
import { KnownIds } from '../../../../lib/storage/file/index/known-ids.js';
import { SparseIndex } from '../../../../lib/storage/file/index/sparse-index.js';

const idAt = (msecs: number) => uuidv7({ msecs });

describe('idTime', () => {
  it('reads the time of a UUIDv7 and nothing else', () => {
    const now = Date.now();
    expect(idTime(idAt(now))).toBe(now);
    expect(idTime(idAt(now).toUpperCase())).toBeNull();
    for (const id of ['', 'a-1', '00000000-0000-4000-8000-000000000000', `${idAt(now)} `]) {
      expect(idTime(id)).toBeNull();
    }
  });
});

describe('SparseIndex', () => {
  it('always names a line at or before the one that is asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 200 }), fc.nat(250), (lengths, asked) => {
        const index = new SparseIndex({ key: 7, offset: 0 });
        const offsets = [0];
        for (const length of lengths) offsets.push(offsets[offsets.length - 1] + length);
        // In any order: pages are read where they are wanted.
        for (const i of [...offsets.keys()].sort((a, b) => ((a * 7919) % 101) - ((b * 7919) % 101))) {
          index.add(7 + i, offsets[i]);
        }
        const { key, offset } = index.floor(asked);
        expect(key).toBeLessThanOrEqual(Math.max(asked, 7));
        expect(offset).toBe(offsets[key - 7]);
      }),
    );
  });

  it('takes no more memory for a large file, and stays dense in proportion to it', () => {
    const index = new SparseIndex({ key: 0, offset: 0 });
    const lineBytes = 5000;
    const lines = 500_000;
    for (let i = 0; i < lines; i++) index.add(i, i * lineBytes);
    const points = new Set<number>();
    let widest = 0;
    for (let i = 0; i < lines; i += 50) {
      const { key, offset } = index.floor(i);
      expect(offset).toBe(key * lineBytes);
      points.add(key);
      widest = Math.max(widest, i - key);
    }
    expect(points.size).toBeLessThanOrEqual(4097);
    expect(points.size).toBeGreaterThan(1000);
    expect(widest * lineBytes).toBeLessThan((lines * lineBytes) / 1000);
  });
});

describe('KnownIds', () => {
  it('knows the recent ones, tells new ones by their time, and says when it cannot tell', () => {
    const ids = new KnownIds();
    const all = Array.from({ length: 20_000 }, (_, n) => idAt(1_000_000 + n));
    for (const id of all) ids.add(id);
    expect(ids.has(all[19_999])).toBe(true);
    expect(ids.has(all[0])).toBe('unclear');
    expect(ids.has(idAt(500))).toBe('unclear');
    expect(ids.has(idAt(1_019_999))).toBe(false);
    expect(ids.has(idAt(2_000_000))).toBe(false);
  });

  it('never takes one that it was given for a new one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 300 }), fc.nat(), (times, cut) => {
        let ids = new KnownIds();
        const all = times.map((time) => idAt(time));
        all.forEach((id, n) => {
          // A restart in between.
          if (n === cut % all.length) ids = new KnownIds(JSON.parse(JSON.stringify(ids.state())));
          ids.add(id);
        });
        for (const id of all) expect(ids.has(id)).not.toBe(false);
      }),
    );
  });

  it('remembers ids without a time one by one, as long as there are few', () => {
    const ids = new KnownIds();
    for (let n = 0; n < 10_000; n++) ids.add(`id-${n}`);
    expect([ids.has('id-0'), ids.has('other')]).toEqual([true, false]);
    ids.add('one more');
    expect([ids.has('id-0'), ids.has('other')]).toEqual(['unclear', 'unclear']);
    expect(new KnownIds(ids.state()).has('id-5')).toBe('unclear');
  });
});

describe('IdZones', () => {
  it('names every part in which an id stands, and few others', () => {
    const zones = new IdZones(100);
    const lineBytes = 20_000;
    const ids = Array.from({ length: 60_000 }, (_, n) => (n === 33_333 ? 'odd one' : idAt(1_000_000 + n * 3)));
    ids.forEach((id, n) => zones.add(n === 5 ? null : id, n * lineBytes, (n + 1) * lineBytes));
    expect(zones.end).toBe(ids.length * lineBytes);
    for (const n of [0, 6, 4711, 33_333, 59_999]) {
      const candidates = zones.candidates([ids[n]]);
      const holding = candidates.filter(({ from, to }) => from <= n * lineBytes && n * lineBytes < to);
      expect(holding).toHaveLength(1);
      expect(holding[0].index).toBe(100 + holding[0].from / lineBytes);
      expect(candidates.length).toBeLessThanOrEqual(2);
    }
    expect(zones.candidates([idAt(5)])).toEqual([]);
    expect(zones.candidates([])).toEqual([]);
    // A late one widens its own part only.
    zones.add(idAt(1_000_001), zones.end, zones.end + 1);
    expect(zones.candidates([ids[3]]).length).toBeLessThanOrEqual(3);
  });
});
