import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatJsonLine } from '../../../../lib/event/json-line.js';
import { MemoryStorage } from '../../../../lib/storage/memory/memory-storage.js';
import { JsonLinesLog } from '../../../../lib/verification/jsonl/json-lines-log.js';
import { Verifier } from '../../../../lib/verification/verifier/verifier.js';
import type { VerificationResult } from '../../../../lib/verification/verifier/verification-result.interface.js';
import { LogAuthor, variedEvents } from '../../../support/sealed-log.js';
import { readAll } from '../../../support/log-writer.js';

describe('JsonLinesLog', () => {
  let folder: string;
  let path: string;
  let lines: string[];
  let root: string;
  beforeAll(async () => {
    const { ledger } = new MemoryStorage();
    await new LogAuthor(ledger).seal(variedEvents(300));
    lines = (await readAll(ledger)).map((row) => formatJsonLine(row));
    ({ root } = await ledger.readHead());
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-jsonl-'));
    path = join(folder, 'log.jsonl');
    write(lines);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (all: readonly string[]) => writeFileSync(path, all.map((line) => `${line}\n`).join(''));
  const edit = (change: (all: string[]) => string[]) => write(change([...lines]));

  async function verify(firstIndex = 0): Promise<VerificationResult> {
    const log = await JsonLinesLog.open(path, { firstIndex });
    try {
      return await new Verifier(log).verify({ from: firstIndex });
    } finally {
      await log.close();
    }
  }

  const found = async (firstIndex = 0) =>
    (await verify(firstIndex)).findings.map((finding) => [finding.class, finding.reason, finding.index]);

  it('finds nothing wrong with an export, and the same root as the log', async () => {
    const result = await verify();
    expect(result.findings).toEqual([]);
    expect([result.totalEvents, result.root]).toEqual([300, root]);
  });

  it('does not mind the last line feed, nor line ends of another system', async () => {
    writeFileSync(path, lines.join('\n'));
    expect((await verify()).findings).toEqual([]);
    writeFileSync(path, lines.join('\r\n'));
    expect((await verify()).findings).toEqual([]);
  });

  it('takes the empty file for the empty log', async () => {
    writeFileSync(path, '');
    expect(await verify()).toMatchObject({ valid: true, totalEvents: 0, size: 0 });
  });

  it('takes sections that were left out for left out, and finds changed ones', async () => {
    const { ledger } = new MemoryStorage();
    await new LogAuthor(ledger).seal(variedEvents(20));
    const rows = await readAll(ledger);
    for (const sections of [[], ['client'], ['metadata', 'request']] as const) {
      write(rows.map((row) => formatJsonLine(row, sections)));
      expect((await verify()).findings).toEqual([]);
    }
    edit((all) => all.map((line) => line.replaceAll('192.0.2.7', '192.0.2.8')));
    const results = await found();
    expect(new Set(results.map(([, reason]) => reason))).toEqual(new Set(['section_mismatch']));
    expect(results[0]).toEqual(['section_mismatch', 'section_mismatch', 1]);
  });

  it.each<[string, (all: string[]) => string[], unknown[]]>([
    [
      'a changed record',
      (all) => replaced(all, 41, '"outcome":"denied"', '"outcome":"failure"'),
      ['modified', 'hash_mismatch', 41],
    ],
    [
      'a changed hash',
      (all) => all.map((l, n) => (n === 41 ? l.replace(/"hash":"../, '"hash":"00') : l)),
      ['modified', 'hash_mismatch', 41],
    ],
    ['a removed line', (all) => all.toSpliced(40, 1), ['missing', 'sequence_gap', 40]],
    ['a repeated line', (all) => all.toSpliced(41, 0, all[40]), ['inserted', 'sequence_gap', 41]],
    ['a torn last line', (all) => all.with(-1, all[299].slice(0, 50)), ['malformed', 'malformed', 299]],
    ['an empty line', (all) => all.toSpliced(41, 1, ''), ['malformed', 'malformed', 41]],
    ['a line of something else', (all) => all.with(41, '{"a":1}'), ['malformed', 'malformed', 41]],
    ['a member too many', (all) => all.with(41, all[41].replace('{', '{"x":1,')), ['malformed', 'malformed', 41]],
    ['a record twice', (all) => all.with(41, all[41].replace('{', '{"record":{},')), ['malformed', 'malformed', 41]],
    ['white space', (all) => all.with(41, all[41].replace('":{', '": {')), ['malformed', 'malformed', 41]],
  ])('names the first line of %s', async (_, change, expected) => {
    edit(change);
    expect((await found())[0]).toEqual(expected);
  });

  it('calls a record once modified, not its chain as well', async () => {
    edit((all) => replaced(all, 41, '"outcome":"denied"', '"outcome":"failure"'));
    expect(await found()).toEqual([['modified', 'hash_mismatch', 41]]);
  });

  it('reads no bytes that are no UTF-8, and no line without end', async () => {
    writeFileSync(path, Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.from([0xff, 0x0a])]));
    expect(await found()).toEqual([['malformed', 'malformed', 1]]);
    writeFileSync(path, `${lines[0]}\n`);
    appendFileSync(path, Buffer.alloc(17 * 1024 * 1024, 'a'));
    appendFileSync(path, '\n');
    expect(await found()).toEqual([['malformed', 'malformed', 1]]);
    appendFileSync(path, Buffer.alloc(17 * 1024 * 1024, 'a'));
    expect(await found()).toHaveLength(2);
  });

  it('checks a part of a log, from where it says that it begins', async () => {
    edit((all) => all.slice(100));
    const result = await verify(100);
    expect(result.findings).toEqual([]);
    expect([result.from, result.to, result.root]).toEqual([100, 300, null]);
    expect((await found(0)).length).toBeGreaterThan(0);
  });

  it('reads any part by position', async () => {
    const log = await JsonLinesLog.open(path);
    try {
      expect((await log.readRange(290, 50)).map(({ logIndex }) => logIndex)).toEqual([
        290, 291, 292, 293, 294, 295, 296, 297, 298, 299,
      ]);
      expect(await log.readRange(300, 5)).toEqual([]);
      expect(await log.readLeafHashes(3, 3)).toEqual([]);
      expect((await log.findPage({ direction: 'descending', limit: 1 }))[0].logIndex).toBe(299);
      const [row] = await log.readRange(1, 1);
      expect(readFileSync(path, 'utf8')).toContain(row.record);
      expect(row).toMatchObject({ stream: 'main', actorId: 'user_1', resourceId: 'inv_1', tenantId: 't_1' });
    } finally {
      await log.close();
    }
  });
});

function replaced(all: string[], index: number, from: string, to: string): string[] {
  if (!all[index].includes(from)) throw new Error(`Line ${index} has no ${from}.`);
  return all.with(index, all[index].replace(from, to));
}
