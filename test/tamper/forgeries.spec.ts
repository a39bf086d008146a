import { MemoryLedgerStore } from '../../lib/storage/memory/memory-ledger-store.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { LogCopy } from '../support/log-copy.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';
import { FORGERIES } from './forgeries.js';

const SIZE = 21;

describe('forgeries', () => {
  let original: LogCopy;

  beforeAll(async () => {
    const store = new MemoryLedgerStore();
    await new LogAuthor(store).seal(variedEvents(SIZE));
    original = await LogCopy.of(store);
  });

  it.each(FORGERIES.map((forgery) => [forgery.name, forgery] as const))('%s', async (_, { forge }) => {
    let forged = 0;
    for (let index = 0; index < SIZE; index++) {
      const log = original.copy();
      const expected = forge(log, index);
      if (!expected) continue;
      forged++;
      const result = await new Verifier(log).verify();
      const [first] = result.findings;
      expect({ index, first }).toMatchObject({ index, first: expected });
      const single = await new Verifier(log).verify({ all: false });
      expect(single).toMatchObject({
        valid: false,
        errorIndex: expected.index,
        reason: expected.reason,
        findings: [expected],
      });
    }
    expect(forged).toBeGreaterThan(3);
  });

  it('is said to be valid when everything was made anew: only signed checkpoints tell', async () => {
    const log = original.copy();
    log.editRecord(7, { outcome: 'failure' });
    log.rows[7].outcome = 'failure';
    log.rechain();
    log.remakeHead();
    expect(await new Verifier(log).verify()).toMatchObject({ valid: true, totalEvents: SIZE });
  });
});
