import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_LINE_BYTES, scanLines } from '../../../../lib/storage/file/io/line-scanner.js';

describe('scanLines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-lines-'));
  const path = join(folder, 'lines');
  afterAll(() => rmSync(folder, { recursive: true }));

  async function scan(content: string | Buffer, from = 0, to = Infinity, stopAfter = Infinity) {
    writeFileSync(path, content);
    const file = await open(path, 'r');
    const seen: { text: string; offset: number; end: number }[] = [];
    try {
      const end = await scanLines(file, from, Math.min(to, Buffer.byteLength(content)), (line, offset, lineEnd) => {
        seen.push({ text: line.toString(), offset, end: lineEnd });
        return seen.length < stopAfter;
      });
      return { seen, end };
    } finally {
      await file.close();
    }
  }

  it('gives every whole line with its place, whatever their lengths', async () => {
    const line = fc.oneof(
      { weight: 8, arbitrary: fc.string({ maxLength: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 600_000 }).map((length) => 'ü'.repeat(length)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.string({ maxLength: 10 }), async (lines, rest) => {
        const texts = lines.map((text) => text.replaceAll('\n', ' '));
        const torn = rest.replaceAll('\n', ' ');
        const { seen, end } = await scan(texts.map((text) => `${text}\n`).join('') + torn);
        let offset = 0;
        const expected = texts.map((text) => {
          const begin = offset;
          offset += Buffer.byteLength(text) + 1;
          return { text, offset: begin, end: offset };
        });
        expect(seen).toEqual(expected);
        expect(end).toBe(offset);
      }),
      { numRuns: 60 },
    );
  });

  it('begins and ends where it is told to', async () => {
    const { seen, end } = await scan('aa\nbb\ncc\ndd\n', 3, 8);
    expect(seen).toEqual([{ text: 'bb', offset: 3, end: 6 }]);
    expect(end).toBe(6);
    expect(await scan('aa\n', 3)).toEqual({ seen: [], end: 3 });
    expect(await scan('')).toEqual({ seen: [], end: 0 });
  });

  it('stops when it is told to', async () => {
    const { seen, end } = await scan('aa\nbb\ncc\n', 0, Infinity, 2);
    expect(seen.map(({ text }) => text)).toEqual(['aa', 'bb']);
    expect(end).toBe(6);
  });

  it('gives no bytes of a line that is too long to be one, and goes on behind it', async () => {
    const content = Buffer.alloc(MAX_LINE_BYTES + 100, 'x');
    content.write('a\n', 0);
    content.write('\nb\n', content.length - 3);
    const { seen, end } = await scan(content);
    expect(seen.map(({ text }) => text)).toEqual(['a', '', 'b']);
    expect(seen[1]).toEqual({ text: '', offset: 2, end: content.length - 2 });
    expect(end).toBe(content.length);
  });
});
