import { createHash } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditService, ImmutableLogSink, WebhookSink } from '../../lib/index.js';
import type { AuditModuleOptions } from '../../lib/index.js';
import { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import { freshSqliteFile } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../support/delivery/immutable-log-server.js';

const ORIGIN = 'example.org/remote';

describe('mode remote in an application', () => {
  let remote: ImmutableLogServer;
  let server: FaultHttpServer;
  let place: FreshDatabase;
  let app: INestApplicationContext | null = null;

  beforeEach(async () => {
    remote = new ImmutableLogServer();
    server = await FaultHttpServer.start((request) => remote.handle(request));
    place = freshSqliteFile();
  });
  afterEach(async () => {
    await app?.close();
    app = null;
    await server.down();
    await place.drop();
  });

  async function boot(
    mode: 'local' | 'hybrid' | 'remote',
    delivery: Partial<AuditModuleOptions['delivery']> = {},
    rest: Partial<AuditModuleOptions> = {},
  ): Promise<AuditService> {
    const sinks = [new ImmutableLogSink({ url: server.url, apiKey: remote.apiKey, retry: { baseMs: 10, maxMs: 50 } })];
    class AppModule {}
    Module({
      imports: [
        AuditModule.forRoot({
          storage: { type: 'sqlite', path: place.location },
          delivery: { mode, sinks, ...delivery },
          ...rest,
        }),
      ],
    })(AppModule);
    app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    return app.get(AuditService);
  }
  const close = async () => {
    await app?.close();
    app = null;
  };
  const rows = async () => {
    const { ledger } = app!.get(AuditRuntime).storage;
    return ledger.readRange(0, 10_000);
  };
  const log = (audit: AuditService, count: number) =>
    audit.logMany(Array.from({ length: count }, (_, n) => ({ action: 'thing.done', metadata: { n } })));
  /** The record out of the line that was sent, which is what its hash is of. */
  const recordIn = (payload: string) => payload.slice('{"record":'.length, payload.lastIndexOf(',"hash":"'));

  it('keeps content only until the remote has it, and every hash for good', async () => {
    const audit = await boot('remote');
    const receipts = await log(audit, 20);
    expect(await audit.flushPending()).toMatchObject({ failed: 0, still_pending: 0 });

    const kept = await rows();
    expect(kept.map(({ record }) => record === '')).toEqual([...Array.from({ length: 20 }, () => true), false]);
    expect(await audit.get(receipts[0].id)).toBeNull();
    expect((await audit.find()).items).toHaveLength(1);
    expect((await audit.deliveryStatus(receipts[0].id))?.deliveries).toMatchObject([
      { sink: 'immutablelog', status: 'delivered', receipt: { txId: expect.stringMatching(/^tx_/) } },
    ]);

    // What the remote has is what was sealed here.
    expect(remote.kept.map(({ idempotencyKey }) => idempotencyKey)).toEqual(kept.map(({ eventId }) => eventId));
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(remote.kept.map(({ payload }) => sha256(recordIn(payload)))).toEqual(kept.map(({ hash }) => hash));

    const result = await audit.verify();
    expect(result).toMatchObject({ valid: true, totalEvents: 21, discarded: 20 });
    expect(result.unchecked.join()).toContain('as its receipts say');
  });

  it('lets go of what only a run of receipts says is at the remote', async () => {
    const received: string[] = [];
    const webhook = await FaultHttpServer.start(({ headers }) => {
      received.push(String(headers['webhook-id']));
      return { status: 204 };
    });
    try {
      const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`];
      const sink = new WebhookSink({ url: webhook.url, secrets, allowAddresses: ['127.0.0.1'] });
      const audit = await boot('remote', { sinks: [sink] });
      const receipts = await log(audit, 20);
      expect(await audit.flushPending()).toMatchObject({ failed: 0, still_pending: 0 });
      expect((await rows()).map(({ record }) => record === '')).toEqual([...receipts.map(() => true), false]);
      expect(received).toEqual((await rows()).map(({ eventId }) => eventId));

      const database = app!.get(AuditRuntime).storage.database as SqlDatabase;
      const alone = await database.query('SELECT log_index FROM audit_receipt');
      const runs = await database.query<{ first: number; last: number }>(
        'SELECT first_index AS first, last_index AS last FROM audit_receipt_run ORDER BY first_index',
      );
      expect(runs.reduce((count, { first, last }) => count + last - first + 1, alone.length)).toBe(21);
      const { first } = runs[0];
      const inRun = receipts.find(({ logIndex }) => logIndex === first + 1)!;
      expect((await audit.deliveryStatus(inRun.id))?.deliveries).toMatchObject([{ status: 'delivered' }]);
      expect(await audit.verify()).toMatchObject({ valid: true, discarded: 20 });

      // Who takes the run away takes the only thing that allowed the content to go.
      await database.execute('DELETE FROM audit_receipt_run WHERE first_index = ?', [first]);
      expect(await audit.verify()).toMatchObject({ valid: false, reason: 'missing', errorIndex: first });
    } finally {
      await webhook.down();
    }
  });

  it('keeps erasable sections that are sent nowhere, and lets go of those that are', async () => {
    const audit = await boot('remote');
    await log(audit, 2);
    await audit.flushPending();
    const [, row] = await rows();
    expect([row.record, row.sections]).toEqual(['', expect.stringContaining('"n":0')]);
    await close();

    const sections = ['client', 'request', 'response', 'changes', 'metadata', 'error'] as const;
    const all = new ImmutableLogSink({ url: server.url, apiKey: remote.apiKey, sections: [...sections] });
    const again = await boot('remote', { sinks: [all] });
    await log(again, 2);
    await again.flushPending();
    const last = (await rows()).filter(({ record }) => record === '').at(-1)!;
    expect(last.sections).toBeNull();
  });

  it('loses nothing while the remote is down, through restarts and changes of the mode', async () => {
    const url = server.url;
    await server.down();
    const first = await boot('remote');
    await log(first, 5);
    expect(await first.flushPending()).toMatchObject({ flushed: 0, still_pending: 6 });
    expect((await rows()).every(({ record }) => record !== '')).toBe(true);
    await close();

    const second = await boot('local');
    await log(second, 5);
    expect(await second.flushPending()).toMatchObject({ total: 0, note: expect.stringContaining('local') });
    await close();

    await server.up();
    expect(server.url).toBe(url);
    const third = await boot('remote');
    await third.flushPending();
    const delivered = await rows();
    expect(remote.kept.map(({ idempotencyKey }) => idempotencyKey)).toEqual(delivered.map(({ eventId }) => eventId));
    expect(delivered.slice(0, -1).every(({ record }) => record === '')).toBe(true);
    await close();

    const mark = delivered.length; // audit.stopped of the third stays, as the last event
    const fourth = await boot('hybrid');
    await log(fourth, 3);
    await fourth.flushPending();
    expect((await rows()).filter(({ record }) => record === '')).toHaveLength(mark);
    expect(await fourth.verify()).toMatchObject({ valid: false, reason: 'discarded', found: String(mark) });
    expect(await fourth.verifyHistory()).toMatchObject({ verdict: 'discarded', exitCode: 2 });
    await close();

    const fifth = await boot('hybrid', { discardedBelow: mark });
    expect(await fifth.verify()).toMatchObject({ valid: true, discarded: mark });
    expect(await fifth.verifyHistory()).toMatchObject({ verdict: 'valid', exitCode: 0 });
    await fifth.flushPending();
    // Each once, in order, whatever was in between.
    const ids = remote.kept.map(({ idempotencyKey }) => idempotencyKey);
    expect(ids).toEqual((await rows()).map(({ eventId }) => eventId));
  });

  it('signs, proves and verifies what is only at the remote', async () => {
    const audit = await boot(
      'remote',
      {},
      {
        signing: { origin: ORIGIN, key: generatePrivateKey(ORIGIN).privateKey, stateFile: `${place.location}.signer` },
      },
    );
    const [first] = await log(audit, 10);
    await audit.flushPending();
    await audit.checkpoint();
    await log(audit, 10);
    await audit.flushPending();
    await audit.checkpoint();
    const proof = await audit.prove(first.id);
    expect(proof).toContain('example.org/remote');
    expect(await audit.verifyHistory({ mode: 'full' })).toMatchObject({ verdict: 'valid', checkpointsCompared: 2 });
    await log(audit, 3);
    await audit.flushPending();
    expect(await audit.verifyHistory()).toMatchObject({ verdict: 'valid', exitCode: 0 });
  });
});
