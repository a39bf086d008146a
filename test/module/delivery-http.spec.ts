import { Controller, Module, Post } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Audit, AuditModule, AuditService, ImmutableLogSink } from '../../lib/index.js';
import type { AuditModuleOptions, AuditSink, ImmutableLogOptions } from '../../lib/index.js';
import { createAdapter, PLATFORMS } from '../harness/platforms.js';
import { freshSqliteFile } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../support/delivery/immutable-log-server.js';
import { settled } from '../support/delivery/settled.js';

@Controller()
class OrdersController {
  @Post('plain')
  plain(): object {
    return {};
  }

  @Post('trailed')
  @Audit({ trail: 'orders:2026' })
  trailed(): object {
    return {};
  }

  @Post('strict')
  @Audit({ durability: 'strict' })
  strict(): object {
    return {};
  }
}

describe.each(PLATFORMS)('delivery of requests, %s', (platform) => {
  let remote: ImmutableLogServer;
  let server: FaultHttpServer;
  let place: FreshDatabase;
  let app: INestApplication | null = null;
  let audit: AuditService;
  const alarms: string[] = [];

  beforeEach(async () => {
    alarms.length = 0;
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
    options: Partial<ImmutableLogOptions> = {},
    more: readonly AuditSink[] = [],
    rest: Partial<AuditModuleOptions> = {},
  ): Promise<void> {
    const retry = { baseMs: 10, maxMs: 50, heldProbeMs: 50 };
    const sink = new ImmutableLogSink({ url: server.url, apiKey: remote.apiKey, retry, ...options });
    class AppModule {}
    Module({
      imports: [
        AuditModule.forRoot({
          storage: { type: 'sqlite', path: place.location },
          delivery: { mode: 'hybrid', sinks: [sink, ...more] },
          onError: (_error, { where }) => void alarms.push(String(where)),
          ...rest,
        }),
      ],
      controllers: [OrdersController],
    })(AppModule);
    app = await NestFactory.create(AppModule, createAdapter(platform), { logger: false });
    await app.listen(0, '127.0.0.1');
    audit = app.get(AuditService);
  }
  const post = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${await app!.getUrl()}/${path}`, { method: 'POST', headers })).status;
  const actions = async () => (await audit.find({ order: 'oldest' })).items.map(({ record }) => record.action);

  it('groups events by the header, the route or the event, the route before the header', async () => {
    await boot();
    await post('plain');
    await post('plain', { 'x-audit-trail': ' of: the caller ' });
    await post('trailed', { 'x-audit-trail': 'of the caller' });
    await settled(async () => (await actions()).length === 4); // events of requests follow their answers
    await audit.log({ action: 'own', context: { trail: 'mine' } });
    await audit.flushPending();
    const trails = remote.kept
      .filter(({ meta }) => meta.event_name !== 'audit.started')
      .map(({ meta }) => meta.immutable_trail);
    expect(trails).toEqual([undefined, 'of- the caller', 'orders-2026', 'mine']);
  });

  it('a strict answer waits for the receipt of a required sink', async () => {
    await boot({ required: true });
    const before: number[] = [];
    const known = server.requests.length;
    const status = await post('strict').finally(() => before.push(remote.kept.length));
    expect(status).toBe(201);
    expect(server.requests.length).toBeGreaterThan(known);
    expect(before[0]).toBe((await audit.find()).items.length);
  });

  it('a strict answer is withheld while a required sink refuses us; the request has one event all the same', async () => {
    await boot({ required: true });
    await audit.flushPending();
    const { apiKey } = remote;
    remote.apiKey = 'iml_live_rotated';
    expect(await post('strict')).toBe(503);
    expect(await post('plain')).toBe(201);
    const paths = async () => (await audit.find()).items.flatMap(({ record }) => record.http?.path ?? []);
    await settled(async () => (await paths()).includes('/plain'));
    await settled(async () => (await actions()).includes('audit.answer_withheld'));
    const { items } = await audit.find({ order: 'oldest' });
    const requests = items.filter(({ record }) => record.http);
    expect(requests.map(({ record }) => [record.http?.path, record.http?.status])).toEqual([
      ['/strict', 201],
      ['/plain', 201],
    ]);
    const [withheld] = items.filter(({ record }) => record.action === 'audit.answer_withheld');
    expect(withheld.record.context?.requestId).toBe(requests[0].record.context?.requestId);
    expect(withheld.sections.metadata).toMatchObject({ answered: 503, withheld: { status: 201, outcome: 'success' } });

    // Key rotated back: nothing failed, nothing was skipped, on it goes by itself.
    remote.apiKey = apiKey;
    await settled(async () => (await audit.sinks())[0].state === 'active');
    expect(await post('strict')).toBe(201);
    await audit.flushPending();
    expect((await audit.deliveries({ status: 'failed' })).deliveries).toEqual([]);
    const { items: all } = await audit.find({ order: 'oldest' });
    expect(remote.kept.map(({ idempotencyKey }) => idempotencyKey)).toEqual(all.map(({ record }) => record.id));
    expect(await actions()).toEqual(expect.arrayContaining(['audit.delivery_held', 'audit.delivery_resumed']));
    expect(alarms).toEqual(expect.arrayContaining(['delivery.sink_held', 'delivery.required_sink_unavailable']));
  });

  it('a strict answer waits for no sink that does not require it, and none that it is not meant for', async () => {
    const other = { name: 'dead', deliver: () => new Promise<void>(() => undefined), timeoutMs: 50 };
    await boot({ required: true, when: { action: ['never.*'] } }, [other]);
    expect(await post('strict')).toBe(201);
  });

  it('a route that throws keeps the event back from that sink alone', async () => {
    const seen: string[] = [];
    const other = {
      name: 'other',
      deliver: (batch: readonly { eventId: string }[]) => void seen.push(...batch.map(({ eventId }) => eventId)),
    };
    let broken = true;
    const when = ({ action }: { action: string }) => {
      if (broken && action === 'own') throw new Error('no idea');
      return true;
    };
    await boot({ when }, [other]);
    const { id } = await audit.log({ action: 'own' });
    const result = await audit.flushPending();
    expect(result).toMatchObject({ held: 1, still_pending: 1, failed: 0 });
    expect(seen).toContain(id);
    expect(remote.kept.some(({ idempotencyKey }) => idempotencyKey === id)).toBe(false);
    expect(alarms).toContain('delivery.route_failed');
    broken = false;
    await audit.flushPending();
    expect(remote.kept.at(-1)?.idempotencyKey).toBe(id);
  });

  it('flushes with exact figures, and drives failed events again by id, by time, all', async () => {
    await boot();
    await audit.flushPending();
    server.fault = ({ body }) =>
      body.includes('"event_name":"bad"') ? { status: 422, body: '{"ok":false,"reason":"invalid_payload"}' } : null;
    const [first] = await audit.logMany([{ action: 'bad' }, { action: 'good' }, { action: 'bad' }, { action: 'bad' }]);
    await settled(async () => (await audit.sinks())[0].failed === 3);
    const nothing = { flushed: 0, failed: 0, still_pending: 0, held: 0, total: 0 };
    expect(await audit.flushPending()).toEqual({ ...nothing, stillPending: 0, sinks: { immutablelog: nothing } });
    expect(await audit.redrive({ eventIds: [first.id] })).toBe(1);
    server.fault = null;
    await settled(async () => (await audit.deliveryStatus(first.id))?.deliveries[0].status === 'delivered');
    expect(await audit.redrive({ failedUntil: Date.now() - 3_600_000 })).toBe(0);
    expect(await audit.redrive({ failedFrom: Date.now() - 3_600_000 })).toBe(2);
    await audit.flushPending('immutablelog');
    expect(await audit.redrive()).toBe(0);
    expect((await audit.deliveries({ status: 'failed' })).deliveries).toEqual([]);
    expect(remote.kept).toHaveLength((await audit.find()).items.length);
  });
});
