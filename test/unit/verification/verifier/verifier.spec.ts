import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import type { AuditEvent } from '../../../../lib/event/audit-event.interface.js';
import type { StoredEvent } from '../../../../lib/ledger/ledger-store.port.js';
import { MemoryLedgerStore } from '../../../../lib/storage/memory/memory-ledger-store.js';
import { Verifier } from '../../../../lib/verification/verifier/verifier.js';
import type { VerifiableLog } from '../../../../lib/verification/verifier/verifiable-log.port.js';
import type { VerificationProgress } from '../../../../lib/verification/verifier/verification-result.interface.js';
import { LogCopy } from '../../../support/log-copy.js';
import { LogAuthor, variedEvents } from '../../../support/sealed-log.js';

async function logOf(count: number): Promise<MemoryLedgerStore> {
  const store = new MemoryLedgerStore();
  await new LogAuthor(store).seal(variedEvents(count));
  return store;
}

describe('Verifier on an untouched log', () => {
  it.each([0, 1, 2, 63, 64, 65, 700])('finds nothing in %i records', async (count) => {
    const store = await logOf(count);
    const result = await new Verifier(store).verify();
    expect(result).toMatchObject({ valid: true, totalEvents: count, size: count, from: 0, to: count, findings: [] });
    expect(result.root).toBe((await store.readHead()).root);
    expect(result.lastHash).toBe((await store.readRange(count - 1, 1))[0]?.hash ?? null);
    expect(result.unchecked).toEqual(['signatures of single events, but for their form: no keys were given']);
  });

  it.each(['sha512', 'sha3-256', 'sha3-512'] as const)('finds nothing in a log hashed with %s', async (algorithm) => {
    const store = new MemoryLedgerStore();
    await new LogAuthor(store, { algorithm }).seal(variedEvents(30));
    expect(await new Verifier(store).verify()).toMatchObject({ valid: true, totalEvents: 30 });
  });

  it('finds nothing, whatever the events hold', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const anything = fc.anything({ maxDepth: 2, maxKeys: 4 });
    const event = fc.record(
      {
        action: text,
        stream: text,
        actor: fc.record({ type: text, id: text }),
        metadata: anything,
        error: anything,
      },
      { requiredKeys: ['action'] },
    ) as fc.Arbitrary<AuditEvent>;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(event, { maxLength: 4 }), { maxLength: 4 }), async (batches) => {
        const store = new MemoryLedgerStore();
        const author = new LogAuthor(store);
        for (const batch of batches) await author.seal(batch);
        const result = await new Verifier(store).verify({ pageSize: 3 });
        expect(result).toMatchObject({ valid: true, totalEvents: batches.flat().length, findings: [] });
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it('finds nothing while others append, whenever they do', async () => {
    for (let calls = 0; calls < 30; calls++) {
      const store = await logOf(20);
      const author = new LogAuthor(store);
      let before = calls;
      let written = 0;
      // Somebody appends between any two reads, from some read on.
      const log = intercept(store, async () => {
        if (before-- > 0 || written > 60) return;
        await author.seal(variedEvents(3, written));
        written += 3;
      });
      const result = await new Verifier(log).verify({ pageSize: 4 });
      expect(result).toMatchObject({ valid: true, findings: [] });
      expect(result.totalEvents).toBeGreaterThanOrEqual(20);
      expect(result.to).toBe(result.size);
      for (const stream of ['main', 'tenant:t_2']) {
        expect(await new Verifier(log).verify({ stream, pageSize: 4 })).toMatchObject({ valid: true });
      }
    }
  });
});

describe('Verifier with limits', () => {
  const store = logOf(40);

  it.each([
    [{ from: 10 }, 30, 10, 40],
    [{ to: 10 }, 10, 0, 10],
    [{ from: 10, limit: 5 }, 5, 10, 15],
    [{ from: 10, to: 12, limit: 5 }, 2, 10, 12],
    [{ from: 40 }, 0, 40, 40],
    [{ from: 100 }, 0, 100, 100],
    [{ to: 0 }, 0, 0, 0],
  ])('checks what %j asks for and says what it leaves out', async (options, totalEvents, from, to) => {
    const result = await new Verifier(await store).verify(options);
    expect(result).toMatchObject({
      valid: true,
      totalEvents,
      from,
      to,
      size: 40,
      root: null === result.root ? null : result.root,
    });
    expect(result.unchecked).toContain('the Merkle root and the rows of audit_stream, which need all records');
  });

  it('does not report what lies outside', async () => {
    const log = await LogCopy.of(await store);
    log.rows[5].action = 'x';
    expect(await new Verifier(log).verify({ from: 6 })).toMatchObject({ valid: true });
    expect(await new Verifier(log).verify({ to: 5 })).toMatchObject({ valid: true });
    expect(await new Verifier(log).verify({ from: 5, limit: 1 })).toMatchObject({ valid: false, errorIndex: 5 });
  });

  it('checks one stream', async () => {
    const log = await LogCopy.of(await store);
    const of = log.rows.filter(({ stream }) => stream === 'tenant:t_2').map(({ logIndex }) => logIndex);
    const verify = () => new Verifier(log).verify({ stream: 'tenant:t_2' });
    expect(await verify()).toMatchObject({ valid: true, totalEvents: of.length, root: null });

    log.rows[0].action = 'x';
    expect(await verify()).toMatchObject({ valid: true });
    const [, second, third] = of;
    const [removed] = log.rows.splice(second, 1);
    expect(await verify()).toMatchObject({ valid: false, reason: 'sequence_gap', errorIndex: third });
    log.rows.push(removed);
    log.streams[1].lastHash = 'x';
    expect(await verify()).toMatchObject({ valid: false, errorIndex: null, reason: 'projection_drift' });
  });

  it('knows an unknown stream from an empty one', async () => {
    expect(await new Verifier(await store).verify({ stream: 'nobody' })).toMatchObject({ valid: true, totalEvents: 0 });
    expect(await new Verifier(await store).verify({ stream: 'main', from: 39 })).toMatchObject({ valid: true });
  });

  it('keeps as many findings as asked and counts all', async () => {
    const log = await LogCopy.of(await store);
    for (const row of log.rows) row.action = 'x';
    const result = await new Verifier(log).verify({ maxFindings: 3 });
    expect(result.totalFindings).toBe(40);
    expect(result.findings.map(({ index }) => index)).toEqual([0, 1, 2]);
    const first = await new Verifier(log).verify({ all: false, pageSize: 8 });
    expect(first.findings).toHaveLength(1);
    expect(first.totalEvents).toBe(8);
  });

  it('tells how far it is', async () => {
    const seen: VerificationProgress[] = [];
    await new Verifier(await store).verify({ pageSize: 15, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ checked }) => checked)).toEqual([15, 30, 40, 40]);
    expect(new Set(seen.map(({ total }) => total))).toEqual(new Set([40]));
  });

  it('ends when it is told to, with the reason given', async () => {
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const onProgress = () => controller.abort(reason);
    await expect(new Verifier(await store).verify({ pageSize: 5, signal: controller.signal, onProgress })).rejects.toBe(
      reason,
    );
  });

  it('lets the event loop turn between two pages', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const log = await logOf(400);
    await new Verifier(log).verify({ pageSize: 1 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  it.each([{ from: -1 }, { from: 0.5 }, { to: NaN }, { limit: 0 }, { pageSize: 0 }, { maxFindings: 0 }])(
    'refuses %j',
    async (options) => {
      await expect(new Verifier(await store).verify(options)).rejects.toThrow(
        /is an integer from [01], got .* Nothing was checked/,
      );
    },
  );
});

describe('Verifier with keys', () => {
  it('checks the signature of every event', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const store = new MemoryLedgerStore();
    await new LogAuthor(store).seal(variedEvents(4));
    const signer = { keyId: 'k', algorithm: 'ed25519', sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
    await new LogAuthor(store, { signer }).seal(variedEvents(6));
    const log = await LogCopy.of(store);
    const verifier = new Verifier(log, { eventKeys: [{ keyId: 'k', algorithm: 'ed25519', publicKey, from: 4 }] });
    expect(await verifier.verify()).toMatchObject({ valid: true, unchecked: [] });
    log.rows[7].signature = null;
    log.rows[8].signature = log.rows[9].signature;
    expect((await verifier.verify()).findings).toMatchObject([
      { index: 7, reason: 'missing_signature', class: 'bad_signature' },
      { index: 8, reason: 'bad_signature', class: 'bad_signature' },
    ]);
  });
});

describe('Verifier on a log that was tampered with', () => {
  it('finds any change of any single value', async () => {
    const original = await LogCopy.of(await logOf(11));
    const columns = Object.keys(original.rows[0]) as (keyof StoredEvent)[];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10),
        fc.constantFrom(...columns),
        fc.string(),
        fc.nat(),
        async (index, column, text, number) => {
          const log = original.copy();
          const row = log.rows[index] as Record<keyof StoredEvent, unknown>;
          const numeric = typeof row[column] === 'number';
          fc.pre(row[column] !== (numeric ? number : text));
          row[column] = numeric ? number : text;
          const result = await new Verifier(log, { eventKeys: [] }).verify();
          expect(result).toMatchObject({ valid: false });
          // A row that takes the place of another is found where the two meet.
          if (column !== 'logIndex') expect(result).toMatchObject({ errorIndex: index });
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it('says so when the log shrinks meanwhile', async () => {
    const log = await LogCopy.of(await logOf(30));
    const before = log.copy();
    before.rows.splice(20);
    before.streams = [];
    before.remakeHead();
    let reads = 0;
    const result = await new Verifier(
      intercept(log, async () => {
        if (++reads === 3) Object.assign(log, before);
      }),
    ).verify();
    expect(result.findings).toContainEqual(expect.objectContaining({ reason: 'truncated', index: 20, until: 30 }));
  });

  it('tells a record that is missing from a stream that goes on without it', async () => {
    const log = await LogCopy.of(await logOf(12));
    log.rows.splice(3, 2);
    const { findings } = await new Verifier(log).verify();
    expect(findings).toMatchObject([{ reason: 'missing', index: 3, until: 5, expected: '5', found: '3' }]);
  });

  it('goes on with the tree behind a changed record, so that a second change is found, too', async () => {
    const log = await LogCopy.of(await logOf(12));
    log.editRecord(3, { action: 'x' });
    expect((await new Verifier(log).verify()).findings).toHaveLength(1);
    log.editRecord(11, { action: 'x' });
    log.rehash(11);
    const { findings } = await new Verifier(log).verify();
    expect(findings.map(({ reason, index, column }) => [reason, index, column])).toEqual([
      ['hash_mismatch', 3, 'record'],
      ['projection_drift', 11, 'action'],
      ['root_mismatch', 8, undefined],
      ['projection_drift', null, 'audit_stream.last_hash'],
    ]);
  });
});

/** The same log; something happens before each read. */
function intercept(log: VerifiableLog, happen: () => Promise<void>): VerifiableLog {
  return new Proxy(log, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await happen();
        return method.apply(target, args);
      };
    },
  });
}
