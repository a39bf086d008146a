import fc from 'fast-check';
import { canonicalize } from '../../../../lib/event/canonical.js';
import { EventBuilder } from '../../../../lib/event/event-builder.js';
import { commitEvent, EMPTY_HEAD, sealBatch } from '../../../../lib/ledger/sealing/batch-sealer.js';
import { CompactRange } from '../../../../lib/ledger/merkle/index.js';
import type { AuditEvent } from '../../../../lib/event/audit-event.interface.js';
import { Redactor } from '../../../../lib/redaction/redactor.js';
import { MalformedRecord, readExactly, readRecord } from '../../../../lib/verification/verifier/record/read-record.js';
import { recordShape } from '../../../../lib/verification/verifier/record/record-shape.js';
import { compile } from '../../../../lib/verification/verifier/record/shape.js';
import { variedEvents } from '../../../support/sealed-log.js';

const builder = new EventBuilder({
  service: { name: 'billing-api', version: '1', instance: 'i' },
  sanitizer: new Redactor(),
});
const grammar = compile(recordShape).expression;

function recordsOf(events: readonly AuditEvent[]): string[] {
  const state = { head: EMPTY_HEAD, range: new CompactRange(), streams: new Map() };
  const sealed = sealBatch(
    events.map((event) => commitEvent(builder.build(event))),
    state,
    { algorithm: 'sha3-512' },
  );
  return sealed.batch.rows.map(({ record }) => record);
}

const text = fc.string({ unit: 'binary', maxLength: 40 });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const anyEvent: fc.Arbitrary<AuditEvent> = fc.record(
  {
    action: text,
    stream: text,
    outcome: fc.constantFrom('success', 'failure', 'denied'),
    actor: fc.record({ type: text, id: some(text), authMethod: some(text), roles: some(fc.array(text)) }),
    tenant: fc.record({ id: some(text), slug: some(text) }),
    resource: fc.record({ type: text, id: some(text) }),
    context: fc.record({ requestId: some(text), correlationId: some(text), trail: some(text) }),
    http: fc.record({ method: text, path: some(text), status: some(fc.double()), durationMs: some(fc.double()) }),
    reason: fc.record({ code: text }),
    metadata: fc.dictionary(text, fc.jsonValue()) as fc.Arbitrary<Record<string, unknown>>,
  },
  { requiredKeys: ['action'] },
);

describe('readRecord', () => {
  it('takes the fast way with records that have every field', () => {
    for (const record of recordsOf(variedEvents(20))) {
      expect(grammar.test(record)).toBe(true);
      expect(readRecord(record)).toEqual(readExactly(record));
    }
  });

  it('reads whatever the builder makes of any event, both ways alike', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 3 }), (events) => {
        for (const record of recordsOf(events)) {
          const reading = readRecord(record);
          expect(reading).not.toBeInstanceOf(MalformedRecord);
          expect(reading).toEqual(readExactly(record));
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('accepts by the grammar only what the exact way accepts, however the text was damaged', () => {
    const records = recordsOf(variedEvents(8));
    const pieces = fc.constantFrom(
      '"',
      '\\',
      '\\u0007',
      '\\n',
      ',',
      '{',
      '}',
      ' ',
      '0',
      '1',
      '.5',
      'e-7',
      '\ud800',
      'null',
    );
    fc.assert(
      fc.property(fc.constantFrom(...records), fc.nat(), fc.nat(4), pieces, (record, where, cut, piece) => {
        const at = where % record.length;
        const damaged = record.slice(0, at) + piece + record.slice(at + cut);
        const reading = readRecord(damaged);
        expect(reading instanceof MalformedRecord).toBe(readExactly(damaged) instanceof MalformedRecord);
        if (!(reading instanceof MalformedRecord)) expect(reading).toEqual(readExactly(damaged));
      }),
      { numRuns: 3000 },
    );
  }, 60_000);

  const [sample] = recordsOf([{ action: 'a', http: { method: 'GET', durationMs: 1.5 }, metadata: { a: 1 } }]);
  it.each([
    ['a blank', sample.replace('"v":1', '"v": 1'), /not canonical JSON \(RFC 8785\) from character \d+/],
    ['an unknown field', sample.replace('"v":1', '"v":1,"w":1'), '/w is not a field of a record'],
    ['an unknown field inside', sample.replace('"method"', '"match":1,"method"'), '/http/match is not a field'],
    ['another version', sample.replace('"v":1', '"v":2'), '/v must be 1, got 2'],
    ['a missing field', sample.replace(/"severity":"[a-z]+",/, ''), '/severity is absent'],
    ['a wrong type', sample.replace('"action":"a"', '"action":7'), '/action must be a string, got 7'],
    ['fields in another order', sample.replace(/^\{("action":"a"),("actor":\{[^}]*\})/, '{$2,$1'), 'not canonical'],
    ['a field twice', sample.replace('"action":"a"', '"action":"b","action":"a"'), 'not canonical'],
    ['a number in another form', sample.replace(':1.5', ':1.50'), 'not canonical'],
    ['an escape that is not needed', sample.replace('"a"', '"\\u0061"'), 'not canonical'],
    ['an escape in capitals', sample.replace('"a"', '"\\u001F"'), 'not canonical'],
    ['a lone surrogate, escaped', sample.replace('"a"', '"\\ud800"'), 'surrogate'],
    ['a lone surrogate', sample.replace('"a"', '"\ud800"'), 'surrogate'],
    ['an algorithm that is not known', sample.replace('sha3-512', 'md5'), '/alg must be one of'],
    ['no object', '[]', 'the record must be an object'],
    ['an empty object', '{}', 'the record is an empty object'],
    ['no JSON', 'x', 'JSON'],
    ['nothing', '', 'JSON'],
    ['too many bytes', sample.replace('"a"', `"${'é'.repeat(40_000)}"`), 'a record has 65535 at most'],
    ['a negative sequence', sample.replace('"sequence":0', '"sequence":-1'), '/sequence must be an integer'],
    [
      'a previous hash that is none',
      sample.replace('"previousHash":null', '"previousHash":"x"'),
      '/previousHash must be',
    ],
    ['an empty list', sample.replace('"id"', '"flags":[],"id"'), '/flags must be an array that is not empty'],
  ])('refuses %s and says why', (_, record, why) => {
    const reading = readRecord(record);
    expect(reading).toBeInstanceOf(MalformedRecord);
    expect((reading as MalformedRecord).why).toMatch(why);
  });

  it('reads numbers that the grammar leaves to the exact way', () => {
    const record = sample.replace(':1.5', ':1e-7').replace('"sequence":0', '"sequence":9007199254740991');
    expect(grammar.test(record)).toBe(false);
    expect(readRecord(record)).toMatchObject({ sequence: Number.MAX_SAFE_INTEGER });
    expect(canonicalize(JSON.parse(record))).toBe(record);
  });
});
