import fc from 'fast-check';
import { canonicalize } from '../../../../lib/event/canonical.js';
import { formatJsonLine } from '../../../../lib/event/json-line.js';
import { MemoryLedgerStore } from '../../../../lib/storage/memory/memory-ledger-store.js';
import { encodeBatch } from '../../../../lib/storage/file/line/encode-batch.js';
import { lineLeaf, parseLogLine, toStoredEvent } from '../../../../lib/storage/file/line/log-line.js';
import { LogAuthor, variedEvents } from '../../../support/sealed-log.js';

const record = (more: object = {}) =>
  canonicalize({
    v: 1,
    id: 'e',
    stream: 'main',
    sequence: 3,
    alg: 'sha256',
    action: 'a',
    actor: { type: 'user' },
    occurredAt: '2026-11-21T20:44:00.123456Z',
    outcome: 'success',
    severity: 'info',
    ...more,
  });
const parse = (line: string) => parseLogLine(Buffer.from(line));

function isCanonical(value: unknown): boolean {
  try {
    canonicalize(value);
    return true;
  } catch {
    return false;
  }
}

describe('parseLogLine', () => {
  it('gives back the rows that were written', async () => {
    const store = new MemoryLedgerStore();
    await new LogAuthor(store).seal(variedEvents(12));
    const rows = await store.readRange(0, 100);
    const signed = rows.map((row, n) => (n % 2 ? row : { ...row, signature: '{"alg":"ed25519","sig":"x\\"y"}' }));
    const { bytes, offsets } = encodeBatch(signed);
    const found = offsets.map((offset, n) => {
      const line = parseLogLine(bytes.subarray(offset, (offsets[n + 1] ?? bytes.length) - 1));
      return line && toStoredEvent(line, n);
    });
    expect(found).toEqual(signed);
  });

  it('cuts out every part byte for byte, whatever is in them', () => {
    // As the sanitiser leaves them: well-formed, and no integer that is only nearly exact.
    const part = fc.jsonValue({ maxDepth: 4 }).filter(isCanonical);
    fc.assert(
      fc.property(part, part, fc.boolean(), (inRecord, inSections, signed) => {
        const source = {
          record: record({ pad: inRecord, nested: { hash: 'x', a: { b: 1 } } }),
          hash: 'ab',
          signature: signed ? '{"sig":"AA=="}' : null,
          sections: JSON.stringify({ metadata: { salt: 's', value: inSections } }),
        };
        const { record: found, hash, signature, sections } = parse(formatJsonLine(source)) ?? {};
        expect({ record: found, hash, signature, sections }).toEqual(source);
      }),
    );
  });

  it('is not misled by a record that looks like the end of one', () => {
    const tricky = record({ pad: { a: {}, hash: 'not this' } });
    expect(tricky).toContain('},"hash":"');
    expect(parse(`{"record":${tricky},"hash":"ff"}`)).toMatchObject({ record: tricky, hash: 'ff' });
  });

  it.each([
    ['nothing', ''],
    ['no object', '[]'],
    ['no record', '{"hash":"ff"}'],
    ['a record that is text', '{"record":"x","hash":"ff"}'],
    ['no hash', `{"record":${record()}}`],
    ['a hash that is a number', `{"record":${record()},"hash":1}`],
    ['two hashes', `{"record":${record()},"hash":"a","hash":"b"}`],
    ['another order', `{"hash":"ff","record":${record()}}`],
    ['sections before the signature', `{"record":${record()},"hash":"f","sections":{},"signature":{}}`],
    ['another member', `{"record":${record()},"hash":"f","x":1}`],
    ['white space', `{"record": ${record()},"hash":"f"}`],
    ['something behind it', `{"record":${record()},"hash":"f"} `],
    ['half a line', `{"record":${record()},"hash":"f`],
    ['a record without an id', `{"record":${record({ id: 7 })},"hash":"f"}`],
    ['a record without a stream', `{"record":${record().replace('"stream":"main",', '')},"hash":"f"}`],
    ['a record with half a sequence', `{"record":${record({ sequence: 0.5 })},"hash":"f"}`],
  ])('refuses %s', (_, line) => {
    expect(parse(line)).toBeNull();
  });

  it('refuses bytes that are no UTF-8, which would be decoded to U+FFFD', () => {
    const line = Buffer.from(`{"record":${record({ action: '\ufffd' })},"hash":"f"}`);
    const at = line.indexOf('\ufffd');
    const broken = Buffer.concat([line.subarray(0, at), Buffer.from([0xff]), line.subarray(at + 3)]);
    expect(parseLogLine(line)).not.toBeNull();
    expect(parseLogLine(broken)).toBeNull();
    expect(broken.toString()).toBe(line.toString());
  });

  it('makes a row of a record that was edited into anything that still says what it is', () => {
    const line = parse(`{"record":{"id":"e","stream":"main","sequence":0,"action":7,"actor":null},"hash":"f"}`);
    expect(line && toStoredEvent(line, 5)).toMatchObject({
      logIndex: 5,
      eventId: 'e',
      action: '',
      occurredAt: '',
      actorId: null,
      actorType: '',
      // The leaf hash of what was sealed cannot be known any more.
      leafHash: '',
    });
  });

  it('has a leaf hash of what is there for any line', () => {
    const line = parse(`{"record":${record()},"hash":"f"}`);
    expect(lineLeaf(line, Buffer.from('x')).toString('hex')).toHaveLength(64);
    expect(lineLeaf(null, Buffer.from('x'))).not.toEqual(lineLeaf(null, Buffer.from('y')));
  });
});

describe('encodeBatch', () => {
  it('refuses what would not come back as one line', async () => {
    const store = new MemoryLedgerStore();
    await new LogAuthor(store).seal(variedEvents(1));
    const [row] = await store.readRange(0, 1);
    const refused = { name: 'StoreError', reason: 'refused', transient: false };
    expect(() => encodeBatch([{ ...row, sections: '{"a":\n1}' }])).toThrow(expect.objectContaining(refused));
    const large = `{"a":"${'x'.repeat(64 * 1024 * 1024)}"}`;
    expect(() => encodeBatch([{ ...row, sections: large }])).toThrow(expect.objectContaining(refused));
  });
});
