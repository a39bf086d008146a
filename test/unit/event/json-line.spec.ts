import fc from 'fast-check';
import { canonicalize } from '../../../lib/event/canonical.js';
import { formatJsonLine, pickSections } from '../../../lib/event/json-line.js';
import { jsonMembers } from '../../../lib/event/json-members.js';

const record = '{"action":"invoice.delete","id":"e1"}';
const sections =
  '{"client":{"salt":"aa","value":{"ip":"10.0.0.1"}},"metadata":{"salt":"bb","value":{"10":"x","9":"y","}":"\\"]}"}}}';

describe('formatJsonLine', () => {
  it('writes record, hash, signature and sections in that order', () => {
    const signature = '{"alg":"ed25519","keyId":"k1","sig":"AA=="}';
    const line = formatJsonLine({ record, hash: 'ff', signature, sections });
    expect(line).toBe(`{"record":${record},"hash":"ff","signature":${signature},"sections":${sections}}`);
    expect(Object.keys(JSON.parse(line))).toEqual(['record', 'hash', 'signature', 'sections']);
  });

  it('leaves absent parts out', () => {
    expect(formatJsonLine({ record, hash: 'ff', signature: null, sections: null })).toBe(
      `{"record":${record},"hash":"ff"}`,
    );
    expect(formatJsonLine({ record, hash: 'ff', signature: null, sections: '{}' })).not.toContain('sections');
  });

  it('writes only the sections that are asked for, and nothing of the salts of the others', () => {
    const line = formatJsonLine({ record, hash: 'ff', signature: null, sections }, ['metadata', 'error']);
    expect(line).toContain('"sections":{"metadata":{"salt":"bb",');
    expect(line).not.toContain('client');
    expect(line).not.toContain('aa');
    expect(formatJsonLine({ record, hash: 'ff', signature: null, sections }, [])).not.toContain('sections');
    expect(formatJsonLine({ record, hash: 'ff', signature: null, sections }, ['error'])).not.toContain('sections');
  });

  it('keeps the bytes of a section that parsing and writing would reorder', () => {
    const kept = pickSections(sections, ['metadata']) as string;
    expect(kept).toContain('{"10":"x","9":"y"');
    expect(JSON.stringify(JSON.parse(kept))).not.toBe(kept);
  });
});

describe('jsonMembers', () => {
  it('cuts out every member of any object that JSON can hold', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (object) => {
        const text = JSON.stringify(object);
        const cut = jsonMembers(text).map(({ name, start, end }) => [name, text.slice(start, end)]);
        expect(cut).toEqual(Object.keys(object).map((name) => [name, JSON.stringify(object[name])]));
      }),
    );
  });

  it.each(['', '[]', '{', '{"a"}', '{"a":}', '{"a":1', '{"a":"x}', '{a:1}', '{"a":{"b":1}', '{"a":1}}'])(
    'refuses %j',
    (text) => {
      expect(() => jsonMembers(text)).toThrow(SyntaxError);
    },
  );

  it('agrees with the canonical writer on escapes', () => {
    const text = canonicalize({ 'a"\\': '\u0001"', b: ['{', '}'] });
    expect(jsonMembers(text).map(({ name }) => name)).toEqual(['a"\\', 'b']);
  });
});
