import { Ledger } from '../../lib/ledger/ledger.js';
import type { StoredEvent } from '../../lib/ledger/ledger-store.port.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { appendTo, eventWith, events, readAll } from '../support/log-writer.js';
import { cursorAt, receipt } from '../support/delivery/receipts.js';
import { OpenStores } from './ledger-store.harness.js';
import type { StoreHarness } from './ledger-store.harness.js';

const SECTIONS = [{ name: 'metadata', json: '{"a":1}' }] as const;

/** What is left of the content. */
const EMPTY = {
  record: '',
  sections: null,
  action: '',
  outcome: '',
  severity: '',
  actorType: '',
  actorId: null,
  resourceType: null,
  resourceId: null,
  tenantId: null,
  requestId: null,
  correlationId: null,
};

/** What stores do that can let go of the content of delivered events. */
export function describeDiscard(harness: StoreHarness): void {
  describe(`discarded content: ${harness.name}`, () => {
    const stores = new OpenStores(harness);
    let storage: AuditStorage;

    beforeEach(async () => {
      await stores.begin();
      storage = await stores.connect();
    });
    afterEach(() => stores.end());

    /** Events with everything that can go, delivered up to `acknowledged`. */
    const fill = async (count: number, acknowledged = count): Promise<StoredEvent[]> => {
      const all = Array.from({ length: count }, (_, n) => ({
        ...eventWith(`e-${n}`, {
          actorId: 'user_1',
          tenantId: 't',
          resourceType: 'x',
          resourceId: 'y',
          requestId: 'r',
        }),
        sections: [...SECTIONS],
      }));
      await appendTo(storage.ledger, all);
      const rows = await readAll(storage.ledger);
      await storage.delivery.commit(cursorAt(acknowledged), rows.slice(0, acknowledged).map(receipt));
      return rows;
    };
    const discard = (below: number, keepSections = false) => storage.ledger.discardBelow!(below, { keepSections });
    const verify = (log = storage.ledger) =>
      new Verifier(log, { acknowledged: (ids) => storage.delivery.findAcknowledged(ids) }).verify();

    it('leaves place, id, hashes and time of an event, and nothing else', async () => {
      const before = await fill(5);
      expect(await discard(3)).toBe(3);
      const after = await readAll(storage.ledger);
      expect(after.slice(3)).toEqual(before.slice(3));
      for (const [i, row] of after.slice(0, 3).entries()) {
        const { logIndex, eventId, stream, sequence, hash, leafHash, signature, occurredAt } = before[i];
        expect({ ...row }).toEqual({
          ...EMPTY,
          logIndex,
          eventId,
          stream,
          sequence,
          hash,
          leafHash,
          signature,
          occurredAt,
        });
      }
      expect(await storage.ledger.readHead()).toMatchObject({ size: 5, discardedBelow: 3 });
    });

    it('keeps sections that were sent nowhere', async () => {
      const before = await fill(3);
      await discard(2, true);
      const after = await readAll(storage.ledger);
      expect(after.map(({ sections }) => sections)).toEqual(before.map(({ sections }) => sections));
      expect(after.map(({ record }) => record === '')).toEqual([true, true, false]);
    });

    it('goes up only, once, never over the last event', async () => {
      await fill(4);
      expect(await discard(2)).toBe(2);
      expect(await discard(2)).toBe(0);
      expect(await discard(1)).toBe(0);
      expect(await discard(99)).toBe(1);
      expect((await readAll(storage.ledger)).map(({ record }) => record === '')).toEqual([true, true, true, false]);
      expect((await storage.ledger.readHead()).discardedBelow).toBe(3);
    });

    it('is not found any more, unless asked for', async () => {
      const before = await fill(4);
      await discard(2);
      const page = { limit: 10, actorId: 'user_1' } as const;
      for (const direction of ['ascending', 'descending'] as const) {
        const found = (await storage.ledger.findPage({ ...page, direction })).map(({ logIndex }) => logIndex);
        expect(found.sort()).toEqual([2, 3]);
        const all = await storage.ledger.findPage({ direction, limit: 10, discarded: true });
        expect(all).toHaveLength(4);
      }
      expect(await storage.ledger.findById('e-0')).toMatchObject({ logIndex: 0, record: '' });
      expect(await storage.ledger.findSealed(['e-0', 'e-3'])).toHaveLength(2);
      expect(await storage.ledger.readLeafHashes(0, 4)).toEqual(before.map(({ leafHash }) => leafHash));
    });

    it('goes on as one log: appends, replays by id, after a restart', async () => {
      const before = await fill(4);
      await discard(4);
      const again = harness.durable ? await stores.connect() : storage;
      const ledger = new Ledger(again.ledger);
      const [known, fresh] = await ledger.append([eventWith('e-1'), eventWith('new')], true);
      expect(known).toMatchObject({ id: 'e-1', logIndex: 1, hash: before[1].hash, previousHash: before[0].hash });
      expect(fresh).toMatchObject({ id: 'new', logIndex: 4, previousHash: before[3].hash });
      expect(await again.ledger.readHead()).toMatchObject({ size: 5, discardedBelow: 3 });
      expect(await verify(again.ledger)).toMatchObject({ valid: true, totalEvents: 5, discarded: 3, size: 5 });
    });

    it('is told by the verifier, and is no finding', async () => {
      await fill(700);
      await discard(650);
      const result = await verify();
      expect(result).toMatchObject({ valid: true, totalEvents: 700, discarded: 650 });
      expect(result.unchecked.join()).toContain('the content of 650 records, discarded here after delivery');
      const [{ class: kind, message }] = (await new Verifier(storage.ledger, { discardedBelow: 0 }).verify()).findings;
      expect([kind, message]).toEqual(['discarded', expect.stringContaining('delivery.discardedBelow: 650')]);
    });

    it('cannot go while others append and lose something', async () => {
      await fill(50);
      const ledger = new Ledger(storage.ledger);
      await Promise.all([discard(49), ...Array.from({ length: 10 }, (_, n) => ledger.append(events(`more-${n}`, 5)))]);
      expect(await verify()).toMatchObject({ valid: true, size: 100, discarded: 49 });
    });

    if (harness.kind === 'memory') return;
    const sql = (statement: string) =>
      (storage as AuditStorage & { database: SqlDatabase }).database.execute(statement);

    it('stays when no destination has acknowledged one of them', async () => {
      const before = await fill(5, 2);
      await expect(discard(4)).rejects.toThrow(/append-only/);
      expect(await readAll(storage.ledger)).toEqual(before);
      expect((await storage.ledger.readHead()).discardedBelow).toBeUndefined();
      expect(await discard(2)).toBe(2);
    });

    const EMPTIED =
      "record = '', action = '', outcome = '', severity = '', actor_id = NULL, actor_type = '', resource_type = NULL, " +
      'resource_id = NULL, tenant_id = NULL, request_id = NULL, correlation_id = NULL';
    it.each([
      ['a hash', `UPDATE audit_event SET ${EMPTIED}, hash = 'x' WHERE log_index = 0`],
      ['a leaf hash', `UPDATE audit_event SET ${EMPTIED}, leaf_hash = 'x' WHERE log_index = 0`],
      ['an id', `UPDATE audit_event SET ${EMPTIED}, event_id = 'x' WHERE log_index = 0`],
      ['a place', `UPDATE audit_event SET ${EMPTIED}, log_index = 9 WHERE log_index = 0`],
      ['a time', `UPDATE audit_event SET ${EMPTIED}, occurred_at = 'x' WHERE log_index = 0`],
      ['a signature', `UPDATE audit_event SET ${EMPTIED}, signature = 'x' WHERE log_index = 0`],
      ['the sections', `UPDATE audit_event SET ${EMPTIED}, sections = '{}' WHERE log_index = 0`],
      ['the record alone', "UPDATE audit_event SET record = '' WHERE log_index = 0"],
      ['the record for another', "UPDATE audit_event SET record = '{}' WHERE log_index = 0"],
      ['a column', "UPDATE audit_event SET actor_id = 'nobody' WHERE log_index = 0"],
      ['what was not delivered', `UPDATE audit_event SET ${EMPTIED} WHERE log_index = 3`],
      ['the mark, over content', 'UPDATE audit_head SET discarded_below = 2'],
      ['the mark, over the end', 'UPDATE audit_head SET discarded_below = 5'],
      ['the mark, below zero', 'UPDATE audit_head SET discarded_below = -1'],
    ])('is no way to change %s', async (_what, statement) => {
      const before = await fill(5, 3);
      await expect(sql(statement)).rejects.toMatchObject({ name: 'StoreError' });
      expect(await readAll(storage.ledger)).toEqual(before);
      await discard(2);
      await expect(sql('UPDATE audit_head SET discarded_below = 1')).rejects.toMatchObject({ name: 'StoreError' });
      await expect(sql("UPDATE audit_event SET record = '{}' WHERE log_index = 0")).rejects.toMatchObject({
        name: 'StoreError',
      });
    });

    describe('by whoever owns the database', () => {
      const on = (table: string) => (harness.kind === 'postgres' ? ` ON ${table}` : '');
      const unguarded = async () => {
        await sql(`DROP TRIGGER audit_event_no_update${on('audit_event')}`);
        await sql(`DROP TRIGGER audit_head_no_undiscard${on('audit_head')}`);
      };
      const findings = async () =>
        (await verify()).findings.map(({ class: kind, index, column }) => [kind, index, column]);

      it('content that is gone, which the head does not say', async () => {
        await fill(5);
        await unguarded();
        await sql(`UPDATE audit_event SET ${EMPTIED} WHERE log_index = 2`);
        expect(await findings()).toEqual([['missing', 2, 'record']]);
      });

      it('content that is gone, which nobody has', async () => {
        await fill(5, 1);
        await unguarded();
        await sql(`UPDATE audit_event SET ${EMPTIED} WHERE log_index < 2`);
        await sql('UPDATE audit_head SET discarded_below = 2');
        expect(await findings()).toEqual([['missing', 1, 'record']]);
      });

      it('content that a mark hides', async () => {
        await fill(5);
        await unguarded();
        await sql('UPDATE audit_head SET discarded_below = 4');
        expect(await findings()).toEqual([['projection_drift', 0, 'audit_head.discarded_below']]);
      });

      it('another hash in place of the content', async () => {
        await fill(5);
        await discard(3);
        await unguarded();
        await sql(`UPDATE audit_event SET leaf_hash = '${'0'.repeat(64)}' WHERE log_index = 1`);
        const { findings: found } = await verify();
        expect(found.map(({ class: kind }) => kind)).toEqual(['rewritten']);
      });

      it('a column that is filled again', async () => {
        await fill(5);
        await discard(3);
        await unguarded();
        await sql("UPDATE audit_event SET actor_id = 'somebody' WHERE log_index = 1");
        expect(await findings()).toEqual([['projection_drift', 1, 'actor_id']]);
      });
    });
  });
}
