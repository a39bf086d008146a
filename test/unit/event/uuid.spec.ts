import fc from 'fast-check';
import { stringify, validate, version } from 'uuid';
import { newUuid, uuidText } from '../../../lib/event/uuid.js';

describe('uuidText', () => {
  it("is the text that uuid's own function makes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        bytes[6] = (bytes[6] & 15) | 0x70;
        bytes[8] = (bytes[8] & 63) | 0x80;
        expect(uuidText(bytes)).toBe(stringify(bytes));
      }),
    );
  });
});

describe('newUuid', () => {
  it('is a version 7 UUID, with random bytes of its own or given ones', () => {
    for (const id of [newUuid(), newUuid(new Uint8Array(16).fill(7))]) {
      expect(validate(id)).toBe(true);
      expect(version(id)).toBe(7);
    }
    expect(newUuid(new Uint8Array(16).fill(7))).toMatch(/0707070707$/);
  });

  it('ascends within a process', () => {
    const ids = Array.from({ length: 5000 }, () => newUuid());
    expect(new Set(ids).size).toBe(5000);
    expect([...ids].sort()).toEqual(ids);
  });
});
