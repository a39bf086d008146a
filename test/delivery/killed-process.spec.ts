import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Ledger } from '../../lib/ledger/ledger.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { freshSqliteFile } from '../support/databases.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../support/delivery/immutable-log-server.js';
import { TestLog } from '../support/delivery/test-log.js';

const SCRIPT = fileURLToPath(new URL('./delivering-process.mjs', import.meta.url));
const MODES = [
  ['hybrid', 100],
  ['remote', 40],
] as const;
const LANES = 4;
const LEASE_MS = 100;
/** More than a process delivers before it is killed. */
const EVENTS_A_ROUND = 60;

/** Deterministic, so that a failure can be seen again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One log, one remote, processes that are killed one after the other. */
class Lane {
  readonly remote = new ImmutableLogServer();
  readonly place = freshSqliteFile();
  kills = 0;
  private readonly random: (below: number) => number;
  private readonly builder = new TestLog();
  private storage!: AuditStorage;
  private server!: FaultHttpServer;
  private onRequest: (() => void) | null = null;

  constructor(
    seed: number,
    private readonly mode: 'hybrid' | 'remote',
  ) {
    this.random = randomFrom(seed);
  }

  async open(): Promise<void> {
    this.storage = createStorage({ type: 'sqlite', path: this.place.location });
    await this.storage.open();
    this.server = await FaultHttpServer.start((request) => {
      const reply = this.remote.handle(request);
      this.onRequest?.();
      return reply;
    });
  }

  async close(): Promise<void> {
    await this.server.down();
    await this.storage.close();
    await this.place.drop();
  }

  /** Kills a process at the n-th request: before the answer, with it, or a moment later, while it commits. */
  async round(): Promise<void> {
    await new Ledger(this.storage.ledger).append(this.builder.sealable(EVENTS_A_ROUND));
    const victim = this.run();
    let requests = 1 + this.random(EVENTS_A_ROUND - 5);
    const delay = this.random(3);
    this.onRequest = () => {
      if (--requests !== 0) return;
      this.onRequest = null;
      const kill = (): void => void victim.kill('SIGKILL');
      if (delay === 0) kill();
      else if (delay === 1) setImmediate(kill);
      else setTimeout(kill, this.random(4));
    };
    const [, signal] = await ended(victim);
    this.onRequest = null;
    if (signal === 'SIGKILL') this.kills++;
  }

  async finish(): Promise<void> {
    expect(await ended(this.run())).toEqual([0, null]);
  }

  /** At the remote every event, with identical bytes; here receipts that say so. */
  async check(): Promise<void> {
    const { ledger, delivery } = this.storage;
    const { size } = await ledger.readHead();
    const rows = await ledger.readRange(0, size);
    const payloads = new Map<string, Set<string>>();
    for (const { idempotencyKey, payload } of this.remote.kept) {
      payloads.set(idempotencyKey, (payloads.get(idempotencyKey) ?? new Set()).add(payload));
    }
    expect([...payloads.keys()]).toEqual(rows.map(({ eventId }) => eventId)); // first arrivals in order, none missing
    expect([...payloads.values()].filter(({ size: versions }) => versions > 1)).toEqual([]);
    const different = rows.filter(({ eventId, hash }) => hashOfRecordIn([...payloads.get(eventId)!][0]) !== hash);
    expect(different).toEqual([]);
    await this.checkContent(size);

    expect(await delivery.readCursor('immutablelog')).toMatchObject({
      nextIndex: size,
      state: 'active',
      lastError: null,
    });
    expect(await delivery.countReceipts('immutablelog', 0, size)).toEqual({ delivered: size, pending: 0, failed: 0 });
    const transactions = new Map(
      this.remote.kept.map(({ idempotencyKey, receipt }) => [idempotencyKey, receipt.tx_id]),
    );
    const receipts = await delivery.findReceipts({ sink: 'immutablelog', limit: size + 1 });
    expect(receipts.filter(({ eventId, txId }) => transactions.get(eventId) !== txId)).toEqual([]);
  }

  /** In mode remote all but the last event are only at the remote, and the log is sound all the same. */
  private async checkContent(size: number): Promise<void> {
    const { ledger, delivery } = this.storage;
    const verifier = new Verifier(ledger, { acknowledged: (ids) => delivery.findAcknowledged(ids) });
    const discarded = this.mode === 'remote' ? size - 1 : 0;
    expect(await verifier.verify()).toMatchObject({ valid: true, size, discarded });
  }

  private run(): ChildProcess {
    const sink = { url: this.server.url, apiKey: this.remote.apiKey };
    const args = [SCRIPT, this.place.location, JSON.stringify(sink), String(LEASE_MS), this.mode];
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** The record's bytes, cut out of the line as anybody can. */
function hashOfRecordIn(payload: string): string {
  const record = payload.slice('{"record":'.length, payload.indexOf('},"hash":"') + 1);
  return createHash('sha256').update(record).digest('hex');
}

function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
}

describe.each(MODES)('a process that is killed while it delivers in mode %s', (mode, kills) => {
  it(`${kills} times at random points: nothing is missing at the remote, nothing differs, receipts agree`, async () => {
    const lanes = Array.from({ length: LANES }, (_, i) => new Lane(20_261_121 + i, mode));
    await Promise.all(
      lanes.map(async (lane) => {
        await lane.open();
        for (let round = 0; round < kills / LANES; round++) await lane.round();
        await lane.finish();
        await lane.check();
        await lane.close();
      }),
    );
    expect(lanes.reduce((sum, lane) => sum + lane.kills, 0)).toBe(kills);
  }, 300_000);
});
