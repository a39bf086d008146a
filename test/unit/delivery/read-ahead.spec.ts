import { ReadAhead } from '../../../lib/delivery/dispatch/read-ahead.js';
import { TestLog } from '../../support/delivery/test-log.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function pagesOf(events: number) {
  const log = new TestLog();
  log.append(events);
  const pages = new ReadAhead(log, false);
  const read = async (from: number, limit: number) => (await pages.read(from, limit)).map(({ logIndex }) => logIndex);
  return { log, pages, read };
}

describe('reading ahead', () => {
  it('gives every row once, in order, and asks the log once a batch', async () => {
    const { log, pages, read } = pagesOf(25);
    const seen: number[] = [];
    for (let from = 0; ;) {
      const batch = await read(from, 10);
      if (batch.length === 0) break;
      seen.push(...batch);
      from = batch.at(-1)! + 1;
      pages.begin(from, 10);
      expect(await pages.has(from)).toBe(from < 25);
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(log.reads).toBe(4); // three pages and the look behind the last
  });

  it('keeps what was not taken, and fills up from there', async () => {
    const { log, pages, read } = pagesOf(30);
    expect(await read(0, 10)).toHaveLength(10);
    pages.begin(4, 10);
    expect(await pages.has(4)).toBe(true);
    expect(await read(4, 10)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(log.reads).toBe(2);
    expect(await read(4, 20)).toEqual(Array.from({ length: 20 }, (_, i) => 4 + i));
  });

  it('sees what was appended behind a short page', async () => {
    const { log, read } = pagesOf(3);
    expect(await read(0, 10)).toEqual([0, 1, 2]);
    log.append(2);
    expect(await read(3, 10)).toEqual([3, 4]);
    expect(await read(5, 10)).toEqual([]);
    log.append(1);
    expect(await read(5, 10)).toEqual([5]);
  });

  it('skips holes of the log, jumps back and forth', async () => {
    const { log, pages, read } = pagesOf(12);
    log.rows.splice(2, 3);
    expect(await read(0, 4)).toEqual([0, 1, 5, 6]);
    expect(await read(2, 4)).toEqual([5, 6, 7, 8]);
    expect(await pages.has(2)).toBe(true);
    expect(await read(0, 2)).toEqual([0, 1]);
    expect(await read(11, 2)).toEqual([11]);
  });

  it('forgets what it read, also what was under way, and keeps the error for who needs the rows', async () => {
    const { log, pages, read } = pagesOf(30);
    await read(0, 10);
    pages.begin(10, 10);
    pages.drop();
    expect(await pages.has(10)).toBe(false);
    const readLines = log.readLines.bind(log);
    await read(0, 10);
    log.readLines = () => Promise.reject(new Error('away'));
    pages.begin(10, 10);
    await turn();
    await expect(read(10, 10)).rejects.toThrow('away');
    log.readLines = readLines;
    expect(await read(10, 3)).toEqual([10, 11, 12]);
  });
});
