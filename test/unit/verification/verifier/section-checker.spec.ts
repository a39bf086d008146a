import fc from 'fast-check';
import { commitSections } from '../../../../lib/ledger/sealing/section-commitment.js';
import { checkSections } from '../../../../lib/verification/verifier/section-checker.js';

const { commitments, stored } = commitSections([
  { name: 'client', json: '{"ip":"192.0.2.7"}' },
  { name: 'metadata', json: '{"note":"größer 😂","salt":"\\","value\\":"}' },
])!;

describe('checkSections', () => {
  it('finds nothing wrong with what was sealed', () => {
    expect(checkSections(null, null)).toEqual([]);
    expect(checkSections(commitments, stored)).toEqual([]);
  });

  it('cuts any section out by its bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (request, response) => {
        const sealed = commitSections([
          { name: 'request', json: JSON.stringify({ request }) },
          { name: 'response', json: JSON.stringify({ response }) },
        ])!;
        expect(checkSections(sealed.commitments, sealed.stored)).toEqual([]);
      }),
    );
  });

  it('takes sections that are larger than its memory for them', () => {
    const large = commitSections([{ name: 'request', json: JSON.stringify({ a: 'é'.repeat(300_000) }) }])!;
    expect(checkSections(large.commitments, large.stored)).toEqual([]);
    expect(checkSections(large.commitments, large.stored.replace('é', 'e'))).toHaveLength(1);
  });

  const cases: [string, string | null, unknown, RegExp][] = [
    ['a changed value', commitments, stored.replace('192.0.2.7', '192.0.2.8'), /section client was changed/],
    [
      'a changed salt',
      commitments,
      stored.replace(/"salt":"(.)/, (_, a) => `"salt":"${a === '0' ? 1 : 0}`),
      /client was changed/,
    ],
    ['a section gone', commitments, stored.replace(/"client":.*?,"metadata"/, '"metadata"'), /section client is gone/],
    ['all sections gone', commitments, null, /section client is gone/],
    ['a section too many', commitments, stored.replace(/}$/, ',"response":{}}'), /knows nothing of a section response/],
    ['sections without commitment', null, stored, /knows nothing of a section client/],
    ['an empty object instead of nothing', null, '{}', /the text around them was changed/],
    ['a blank between', commitments, stored.replace(',"metadata"', ', "metadata"'), /one compact JSON object/],
    ['text behind the end', commitments, `${stored} `, /one compact JSON object/],
    ['a member in a section', commitments, stored.replace('"value":', '"x":1,"value":'), /client has not the form/],
    ['no JSON', commitments, 'erased', /one compact JSON object/],
    ['bytes', commitments, Buffer.from(stored), /one compact JSON object/],
    [
      'another number of bytes',
      commitments.replace('"bytes":18', '"bytes":17'),
      stored,
      /has 18 bytes; the record says 17/,
    ],
  ];
  it.each(cases)('says what is wrong with %s', (_, committed, text, why) => {
    const [first] = checkSections(committed, text);
    expect(first.why).toMatch(why);
  });

  it('says it when sections stand in another order, though each is right', () => {
    const [, client, metadata] = /^\{("client":.*),("metadata":.*)\}$/.exec(stored)!;
    expect(checkSections(commitments, `{${metadata},${client}}`)).toMatchObject([
      { why: 'every section is right, but the text around them was changed' },
    ]);
  });

  it('names every section that is wrong', () => {
    const found = checkSections(commitments, stored.replace('192', '193').replace('😂', '😃'));
    expect(found.map(({ why }) => why)).toEqual(['the section client was changed', 'the section metadata was changed']);
    expect(found[0].expected).toMatch(/^[0-9a-f]{64}$/);
    expect(commitments).toContain(found[0].expected);
    expect(commitments).not.toContain(found[0].found);
  });
});
