import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { DeliveryItem } from '../../../lib/delivery/delivery-item.js';
import { EmitterSink } from '../../../lib/delivery/in-process/emitter.sink.js';
import { FileSink } from '../../../lib/delivery/lines/file.sink.js';
import { StdoutSink } from '../../../lib/delivery/lines/stdout.sink.js';
import { AnchorConflictError } from '../../../lib/verification/anchors/anchor-conflict.error.js';
import { TestLog } from '../../support/delivery/test-log.js';

const items = new TestLog().append(3).map((row) => new DeliveryItem(row, []));

describe('FileSink', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-lines-'));
  const path = join(folder, 'audit.jsonl');
  const read = (): string[] => readFileSync(path, 'utf8').split('\n');
  let sink: FileSink;

  beforeEach(() => {
    rmSync(path, { force: true });
    sink = new FileSink({ path });
  });
  afterEach(() => sink.close());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('appends whole lines and keeps others out', async () => {
    writeFileSync(path, '{"old":1}\n');
    await sink.deliver(items);
    expect(read()).toEqual(['{"old":1}', ...items.map(({ line }) => line), '']);
    rmSync(path);
    await sink.deliver(items);
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  it('goes on in a new file when the old one was rotated away', async () => {
    await sink.deliver(items.slice(0, 1));
    renameSync(path, `${path}.1`);
    await sink.deliver(items.slice(1));
    expect(readFileSync(`${path}.1`, 'utf8')).toBe(`${items[0].line}\n`);
    expect(read()).toEqual([items[1].line, items[2].line, '']);
  });

  it('ends a torn line before it writes the next', async () => {
    appendFileSync(path, '{"record":{"act');
    await sink.deliver(items.slice(0, 1));
    expect(read()).toEqual(['{"record":{"act', items[0].line, '']);
  });

  it('anchors checkpoints in write-once files', async () => {
    const checkpoint = (root: string, signature = 'x') => {
      const note = `example.org/log\n8\n${root}\n\n— example.org/log ${signature}\n`;
      return { origin: 'example.org/log', size: 8, root, note };
    };
    const location = `${path}.anchor#8`;
    expect(await sink.anchor(checkpoint('AAAA'))).toEqual({ location, duplicate: false });
    expect(await sink.anchor(checkpoint('AAAA', 'y'))).toEqual({ location, duplicate: true });
    await expect(sink.anchor(checkpoint('BBBB'))).rejects.toThrow(AnchorConflictError);
    expect(readFileSync(`${path}.anchor/checkpoints/8`, 'utf8')).toBe(checkpoint('AAAA').note);
    expect(await sink.anchorSizes()).toEqual([8]);
    expect(await sink.readAnchor(8)).toBe(checkpoint('AAAA').note);
  });

  it('wants a path', () => {
    expect(() => new FileSink({} as never)).toThrow(/"path" is missing/);
    expect(() => new FileSink({ path, paht: 'x' } as never)).toThrow(/no option "paht"/);
  });
});

describe('StdoutSink', () => {
  it('writes lines to the stream that it is given', async () => {
    const stream = new PassThrough();
    await new StdoutSink({ stream }).deliver(items);
    expect(String(stream.read())).toBe(items.map(({ line }) => `${line}\n`).join(''));
  });

  it('turns a closed pipe into a failure, not into the end of the process', async () => {
    const stream = new PassThrough();
    stream.destroy();
    await expect(new StdoutSink({ stream }).deliver(items)).rejects.toThrow(/destroyed/);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(stream.listenerCount('error')).toBe(0);
  });
});

describe('EmitterSink', () => {
  it('waits for emitAsync where it is there', async () => {
    const seen: string[] = [];
    const emitter = {
      emit: () => seen.push('sync'),
      emitAsync: async (event: string, item: DeliveryItem) => {
        await Promise.resolve();
        seen.push(`${event} ${item.logIndex}`);
      },
    };
    await new EmitterSink({ emitter, event: 'sealed' }).deliver(items);
    expect(seen).toEqual(['sealed 0', 'sealed 1', 'sealed 2']);
  });

  it('wants an emitter', () => {
    expect(() => new EmitterSink({} as never)).toThrow(/"emitter" is an EventEmitter/);
  });
});
