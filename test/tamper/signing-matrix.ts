import { Ledger } from '../../lib/ledger/ledger.js';
import { SigningRefusedError } from '../../lib/verification/signing/signing-refused.error.js';
import { events } from '../support/log-writer.js';
import { SignedLog } from '../support/signed-log.js';
import type { TamperedLog, TamperHarness } from './tamper.harness.js';

const SIZE = 4;

interface Edit {
  readonly name: string;
  readonly sql: string;
  readonly params?: readonly string[];
  readonly state: SigningRefusedError['state'];
  readonly index: number | null;
  /** Whether anything can be sealed on it. @default true */
  readonly seals?: false;
}

const stream = (assignment: string) => `UPDATE audit_stream SET ${assignment} WHERE name = 'side'`;

/** Rows that steer sealing, edited between the end of a process and the start of the next. */
const EDITS: readonly Edit[] = [
  { name: "a stream's last hash", sql: stream(`last_hash = '${'0'.repeat(64)}'`), state: 'modified', index: SIZE },
  { name: "a stream's last hash gone", sql: stream('last_hash = NULL'), state: 'modified', index: SIZE },
  { name: "a stream's next sequence", sql: stream('next_sequence = 7'), state: 'modified', index: SIZE },
  {
    name: 'members of a record in place of a last hash',
    sql: stream('last_hash = ?'),
    params: [`x","resource":{"id":"forged","type":"invoice"},"x":"`],
    state: 'modified',
    index: SIZE,
  },
  { name: 'a larger size', sql: 'UPDATE audit_head SET size = 8', state: 'missing', index: SIZE },
  {
    name: 'another compact range',
    sql: `UPDATE audit_head SET compact_range = '${'0'.repeat(64)}'`,
    state: 'modified',
    index: null,
  },
  { name: 'a smaller size', sql: 'UPDATE audit_head SET size = 2', state: 'rollback', index: 2, seals: false },
];

/** What a signer makes of a log whose steering rows somebody has edited. */
export function describeSigningOverEdits(harness: TamperHarness): void {
  describe(`signing after an edit on ${harness.name}`, () => {
    let log: TamperedLog;
    let signed: SignedLog;

    beforeEach(async () => {
      log = await harness.create();
      signed = new SignedLog(log.storage);
      await new Ledger(log.storage.ledger).append([...events('a', 2), ...events('b', 2, 'side')]);
      await signed.signer().sign();
    });
    afterEach(async () => {
      signed.drop();
      await log.drop();
    });

    it.each(EDITS.map((edit) => [edit.name, edit] as const))('is refused: %s', async (_, edit) => {
      await log.sql(edit.sql, ...(edit.params ?? []));
      const { ledger } = await log.reopen();
      const sealing = new Ledger(ledger).append(events('c', 2, 'side'));
      if (edit.seals === false) await expect(sealing).rejects.toThrow();
      else await sealing;
      const refused = await signed
        .signer()
        .sign()
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SigningRefusedError);
      expect(refused).toMatchObject({ state: edit.state, index: edit.index, violation: true });
      expect(await log.storage.checkpoints.latest()).toBeNull();
    });
  });
}
