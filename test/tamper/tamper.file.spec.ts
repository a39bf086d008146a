import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditRecord } from '../../lib/event/audit-record.interface.js';
import { chainHash } from '../../lib/ledger/sealing/chain-hash.js';
import type { FileStorage } from '../../lib/storage/file/file-storage.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { freshLogFolder } from '../support/log-files.js';
import type { LogFolder } from '../support/log-files.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';

const SIZE = 14;
const SETTINGS = { origin: '', eventKeys: [] };

type Lines = readonly string[];
interface Verdict {
  readonly reason: string;
  readonly class: string;
  readonly index: number | null;
}
/** @returns the lines as they are left, and what must be said of them first; null where there is nothing to be done */
type Tampering = (lines: Lines, index: number) => { lines: Lines; expected: Verdict } | null;

const recordOf = (line: string) => (JSON.parse(line) as { record: AuditRecord }).record;
const nextInStream = (lines: Lines, index: number) =>
  lines.findIndex((line, other) => other > index && recordOf(line).stream === recordOf(lines[index]).stream);
const replaced = (lines: Lines, index: number, line: string) => lines.with(index, line);
const removed = (lines: Lines, index: number) => lines.toSpliced(index, 1);
const inserted = (lines: Lines, index: number, line: string) => lines.toSpliced(index, 0, line);

function changedRecord(line: string, hashed: boolean): string {
  const end = line.indexOf('},"hash":"') + 1;
  const record = line.slice('{"record":'.length, end).replace(/"severity":"\w+"/, '"severity":"critical"');
  const hash = hashed ? chainHash('sha256', record) : (JSON.parse(line) as { hash: string }).hash;
  return `{"record":${record},"hash":"${hash}"${line.slice(line.indexOf('"', end + '},"hash":"'.length) + 1)}`;
}

const hashMismatch = (index: number): Verdict => ({ class: 'modified', reason: 'hash_mismatch', index });
const malformed = (index: number): Verdict => ({ class: 'malformed', reason: 'malformed', index });

/** Found whether or not the head is made to fit. */
const ANYWAY: Readonly<Record<string, Tampering>> = {
  'a record edited': (lines, index) => ({
    lines: replaced(lines, index, changedRecord(lines[index], false)),
    expected: hashMismatch(index),
  }),
  'a record edited without a change of its length': (lines, index) => ({
    lines: replaced(lines, index, lines[index].replace('"v":1}', '"v":2}')),
    expected: hashMismatch(index),
  }),
  'a record edited and its hash made anew': (lines, index) => {
    const next = nextInStream(lines, index);
    if (next < 0) return null;
    return {
      lines: replaced(lines, index, changedRecord(lines[index], true)),
      expected: { class: 'modified', reason: 'broken_chain', index: next },
    };
  },
  'a hash edited': (lines, index) => ({
    lines: replaced(lines, index, lines[index].replace(/"hash":"../, '"hash":"zz')),
    expected: hashMismatch(index),
  }),
  'a section edited': (lines, index) =>
    lines[index].includes('"value":{')
      ? {
          lines: replaced(lines, index, lines[index].replace('"value":{', '"value":{"x":1,')),
          expected: { class: 'section_mismatch', reason: 'section_mismatch', index },
        }
      : null,
  'sections taken away': (lines, index) =>
    /"sections":\{"\w+":\{"salt"/.test(lines[index])
      ? {
          lines: replaced(lines, index, lines[index].replace(/,"sections":\{"\w+":\{"salt".*$/, '}')),
          expected: { class: 'section_mismatch', reason: 'section_mismatch', index },
        }
      : null,
  'a signature invented': (lines, index) => {
    const signature = '"signature":{"alg":"ed25519","keyId":"k","sig":"AAAA"}';
    return {
      lines: replaced(lines, index, lines[index].replace(/("hash":"[0-9a-f]+")/, `$1,${signature}`)),
      expected: { class: 'unknown_key', reason: 'unknown_key', index },
    };
  },
  'a record deleted': (lines, index) => {
    const next = nextInStream(lines, index);
    if (next < 0) return null;
    return {
      lines: removed(lines, index),
      expected: { class: 'missing', reason: 'sequence_gap', index: next - 1 },
    };
  },
  'two records of a stream swapped': (lines, index) => {
    const next = nextInStream(lines, index);
    if (next < 0) return null;
    return {
      lines: lines.with(index, lines[next]).with(next, lines[index]),
      expected: { class: 'reordered', reason: 'sequence_gap', index },
    };
  },
  'a record copied behind itself': (lines, index) => ({
    lines: inserted(lines, index, lines[index]),
    expected: { class: 'inserted', reason: 'sequence_gap', index: index + 1 },
  }),
  'a line of something else inserted': (lines, index) => ({
    lines: inserted(lines, index, '{"note":"never mind"}'),
    expected: malformed(index),
  }),
  'an empty line inserted': (lines, index) => ({ lines: inserted(lines, index, ''), expected: malformed(index) }),
  'a line replaced by something else': (lines, index) => ({
    lines: replaced(lines, index, 'x'.repeat(lines[index].length)),
    expected: malformed(index),
  }),
  'a carriage return at the end of a line': (lines, index) => ({
    lines: replaced(lines, index, `${lines[index]}\r`),
    expected: malformed(index),
  }),
  'a blank in front of a line': (lines, index) => ({
    lines: replaced(lines, index, ` ${lines[index]}`),
    expected: malformed(index),
  }),
  'a member added to a line': (lines, index) => ({
    lines: replaced(lines, index, `${lines[index].slice(0, -1)},"x":1}`),
    expected: malformed(index),
  }),
  'the hash taken away': (lines, index) => ({
    lines: replaced(lines, index, lines[index].replace(/,"hash":"[0-9a-f]+"/, '')),
    expected: malformed(index),
  }),
};

/** Found as long as the head is the one that the log had: somebody who makes it anew leaves no trace of these. */
const BY_THE_HEAD: Readonly<Record<string, Tampering>> = {
  'the end cut off': (lines, index) => ({
    lines: lines.slice(0, index),
    expected: { class: 'truncated', reason: 'truncated', index },
  }),
  'the last record replaced by one that fits': (lines, index) =>
    index === lines.length - 1
      ? {
          lines: replaced(lines, index, changedRecord(lines[index], true)),
          expected: { class: 'rewritten', reason: 'root_mismatch', index: 12 },
        }
      : null,
};

describe('tampering with a JSON Lines file', () => {
  let place: LogFolder;
  let original: Lines;

  beforeEach(async () => {
    place = freshLogFolder();
    const storage = await place.open();
    const author = new LogAuthor(storage.ledger);
    await author.seal(variedEvents(5));
    await author.seal(variedEvents(SIZE - 5, 5));
    await storage.close();
    original = linesOf(place.path);
    head = readFileSync(`${place.path}.head`);
  });
  afterEach(() => place.drop());

  let head: Buffer;

  const verdict = (storage: FileStorage, options = {}) => new Verifier(storage.ledger, SETTINGS).verify(options);

  /** Every way in which the log is looked at after the file was changed. */
  async function lookedAt(lines: Lines): Promise<Record<string, Awaited<ReturnType<typeof verdict>>>> {
    const begin = () => {
      writeFileSync(place.path, text(original));
      writeFileSync(`${place.path}.head`, head);
    };
    begin();
    const running = await place.open();
    await verdict(running);
    writeFileSync(place.path, text(lines));
    const results = { 'by the running writer': await verdict(running) };
    await running.close();

    begin();
    writeFileSync(place.path, text(lines));
    const reader = await place.open({ readOnly: true });
    Object.assign(results, { 'by a reader': await verdict(reader) });
    await reader.close();

    const writer = await place.open();
    Object.assign(results, { 'after a restart': await verdict(writer) });
    await new LogAuthor(writer.ledger).seal(variedEvents(3, SIZE));
    Object.assign(results, { 'after it has grown': await verdict(writer) });
    await writer.close();
    for (const name of readdirSync(place.folder)) rmSync(join(place.folder, name), { recursive: true });
    return results;
  }

  /** The same after somebody made the head anew. */
  async function withNewHead(lines: Lines): Promise<Awaited<ReturnType<typeof verdict>>> {
    writeFileSync(place.path, text(lines));
    rmSync(`${place.path}.head`, { force: true });
    await (await place.open()).close();
    const storage = await place.open();
    const result = await verdict(storage);
    await storage.close();
    return result;
  }

  const INDEXES = [0, 1, 4, 6, SIZE - 2, SIZE - 1];

  it('says nothing of a log that was only used', async () => {
    for (const [how, result] of Object.entries(await lookedAt(original))) {
      expect({ how, result }).toMatchObject({ how, result: { valid: true, findings: [] } });
    }
    expect(await withNewHead(original)).toMatchObject({ valid: true, totalEvents: SIZE });
  });

  it.each(Object.entries(ANYWAY))('finds %s', async (_, tamper) => {
    let done = 0;
    for (const index of INDEXES) {
      const tampered = tamper(original, index);
      if (!tampered) continue;
      done++;
      for (const [how, { findings }] of Object.entries(await lookedAt(tampered.lines))) {
        const first = findings[0];
        // What stands behind the end is counted by no head while the writer runs.
        const uncounted = how === 'by the running writer' && tampered.expected.index === SIZE;
        const expected = { ...tampered.expected, ...(uncounted ? { reason: 'inserted' } : {}) };
        expect({ index, how, first }).toMatchObject({ index, how, first: expected });
      }
      expect((await withNewHead(tampered.lines)).findings[0]).toMatchObject(tampered.expected);
    }
    expect(done).toBeGreaterThan(2);
  });

  it.each(Object.entries(BY_THE_HEAD))('finds %s, as long as the head is as it was', async (_, tamper) => {
    for (const index of INDEXES) {
      const tampered = tamper(original, index);
      if (!tampered) continue;
      for (const [how, result] of Object.entries(await lookedAt(tampered.lines))) {
        if (how === 'after it has grown' && tampered.expected.class === 'truncated') {
          expect(result.findings).toMatchObject([{ reason: 'missing', index }]);
          continue;
        }
        // What is appended behind the replaced record names the one that was there.
        const expected = how === 'after it has grown' ? { reason: 'broken_chain', index: SIZE + 1 } : tampered.expected;
        expect({ how, finding: result.findings[0] }).toMatchObject({ how, finding: expected });
      }
      expect(await withNewHead(tampered.lines)).toMatchObject({ valid: true });
    }
  });

  it('finds bytes that are no UTF-8 where U+FFFD was written', async () => {
    const storage = await place.open();
    await new LogAuthor(storage.ledger).seal([{ action: 'odd.\ufffd' }]);
    await storage.close();
    const bytes = readFileSync(place.path);
    const at = bytes.lastIndexOf('\ufffd');
    writeFileSync(place.path, Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]));
    const reader = await place.open({ readOnly: true });
    expect((await verdict(reader)).findings[0]).toMatchObject(malformed(SIZE));
  });

  it('finds a byte order mark', async () => {
    writeFileSync(place.path, `\ufeff${readFileSync(place.path, 'utf8')}`);
    const reader = await place.open({ readOnly: true });
    expect((await verdict(reader)).findings[0]).toMatchObject(malformed(0));
  });

  it('finds lines that were appended while the writer runs, and those before the writer goes on', async () => {
    const writer = await place.open();
    appendFileSync(place.path, `${original[3]}\n`);
    expect((await verdict(writer)).findings[0]).toMatchObject({ reason: 'inserted', index: SIZE });
    await new LogAuthor(writer.ledger).seal(variedEvents(2, SIZE));
    const result = await verdict(writer);
    expect(result.findings[0]).toMatchObject({ reason: 'sequence_gap', class: 'inserted', index: SIZE });
    expect(result.totalEvents).toBe(SIZE + 3);
    expect(writer.incidents.map(({ kind }) => kind)).toContain('file_changed');
  });

  it('finds a file cut in the middle of a line', async () => {
    truncateSync(place.path, text(original.slice(0, 9)).length - 20);
    const reader = await place.open({ readOnly: true });
    expect((await verdict(reader)).findings[0]).toMatchObject({ reason: 'truncated', index: 8, until: SIZE });
    await reader.close();
    const writer = await place.open();
    expect((await verdict(writer)).findings[0]).toMatchObject({ reason: 'truncated', index: 8, until: SIZE });
    expect(writer.incidents.map(({ kind }) => kind)).toEqual(['file_changed', 'records_missing', 'torn_tail']);
  });

  describe('spread over several files', () => {
    let files: string[];

    beforeEach(async () => {
      const storage = await place.open({ rotateBytes: 65_536 });
      const author = new LogAuthor(storage.ledger);
      // Rotation is at least 64 KB for users; a test needs small files.
      for (let n = 0; n < 8; n++) {
        await author.seal(variedEvents(30, SIZE + n * 30));
      }
      await storage.close();
      files = readdirSync(place.folder)
        .filter((name) => /\.\d{16}\.jsonl$/.test(name))
        .map((name) => join(place.folder, name));
      expect(files.length).toBeGreaterThan(1);
      head = readFileSync(`${place.path}.head`);
    });

    const firstOf = (file: string) => Number(/\.(\d{16})\.jsonl$/.exec(file)?.[1]);
    const everybody = async (check: (storage: FileStorage) => Promise<void>) => {
      const reader = await place.open({ readOnly: true });
      await check(reader);
      await reader.close();
      const writer = await place.open();
      await check(writer);
      await writer.close();
    };

    it('says nothing of a log that was only used', () =>
      everybody(async (storage) => {
        expect(await verdict(storage)).toMatchObject({ valid: true, totalEvents: SIZE + 240 });
      }));

    it.each([0, 1])('finds closed file %i deleted', async (number) => {
      const [from, until] = [firstOf(files[number]), number + 1 < files.length ? firstOf(files[number + 1]) : null];
      rmSync(files[number]);
      await everybody(async (storage) => {
        const [finding] = (await verdict(storage)).findings;
        expect(finding).toMatchObject({ class: 'missing', reason: 'missing', index: from });
        if (until !== null) expect(finding.until).toBe(until);
        expect(storage.incidents.map(({ kind }) => kind)).toContain('manifest_broken');
      });
    });

    it('finds the end of a closed file cut off', async () => {
      const lines = linesOf(files[0]);
      writeFileSync(files[0], text(lines.slice(0, -3)));
      await everybody(async (storage) => {
        expect((await verdict(storage)).findings[0]).toMatchObject({
          reason: 'missing',
          index: lines.length - 3,
          until: lines.length,
        });
      });
    });

    it('finds a line added to a closed file, in pages of any size', async () => {
      const lines = linesOf(files[0]);
      appendFileSync(files[0], `${lines[2]}\n`);
      await everybody(async (storage) => {
        for (const pageSize of [1, 7, lines.length, 500]) {
          const { findings } = await verdict(storage, { pageSize });
          expect(findings[0]).toMatchObject({ class: 'inserted', index: lines.length });
        }
      });
    });

    it('finds a record edited in a closed file', async () => {
      const lines = linesOf(files[1]);
      writeFileSync(files[1], text(replaced(lines, 4, changedRecord(lines[4], false))));
      await everybody(async (storage) => {
        expect((await verdict(storage)).findings).toMatchObject([hashMismatch(firstOf(files[1]) + 4)]);
      });
    });

    it('reads everything without the manifest, and says that it is gone', async () => {
      rmSync(`${place.path}.manifest`);
      await everybody(async (storage) => {
        expect(await verdict(storage)).toMatchObject({ valid: true, totalEvents: SIZE + 240 });
        expect(storage.incidents.map(({ kind }) => kind)).toContain('manifest_broken');
      });
    });

    it('reads everything without the head', async () => {
      rmSync(`${place.path}.head`);
      await everybody(async (storage) => {
        expect(await verdict(storage)).toMatchObject({ valid: true, totalEvents: SIZE + 240 });
      });
    });

    it('does not go on when nothing says what is missing', async () => {
      rmSync(`${place.path}.manifest`);
      rmSync(`${place.path}.head`);
      rmSync(files[0]);
      await expect(place.open()).rejects.toMatchObject({ name: 'StoreError', message: /nothing is known/ });
      const reader = await place.open({ readOnly: true });
      expect((await verdict(reader)).findings[0]).toMatchObject({ reason: 'missing', index: 0 });
    });
  });
});

function linesOf(path: string): Lines {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

function text(lines: Lines): string {
  return lines.map((line) => `${line}\n`).join('');
}
