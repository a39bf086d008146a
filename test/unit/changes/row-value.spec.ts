import fc from 'fast-check';
import { JsonText } from '../../../lib/changes/rows/row-value.js';

describe('JsonText', () => {
  it('is parsed when all of its numbers survive, however long they and its strings are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(new JsonText(JSON.stringify(value)).parse()).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    const text = '{"id":"12345678901234567890","quo\\"te 1234567890123456789":[0.30000000000000004,-1e-100]}';
    expect(new JsonText(text).parse()).toEqual(JSON.parse(text));
  });

  it.each(['12345678901234567890', '{"a":[9007199254740993]}', '{"id":"x","n":0.10000000000000000000001}'])(
    'stays a text when JavaScript would change a number: %s',
    (text) => expect(new JsonText(text).parse()).toBe(text),
  );
});
