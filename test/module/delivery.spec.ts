import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditService } from '../../lib/index.js';
import type { AuditModuleOptions } from '../../lib/index.js';

type Sink = NonNullable<NonNullable<AuditModuleOptions['delivery']>['sinks']>[number];

const opened: INestApplicationContext[] = [];

async function boot(path: string, ...sinks: Sink[]): Promise<AuditService> {
  class AppModule {}
  Module({
    imports: [AuditModule.forRoot({ storage: { type: 'sqlite', path }, delivery: { mode: 'hybrid', sinks } })],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  opened.push(app);
  return app.get(AuditService);
}

const place = () => join(mkdtempSync(join(tmpdir(), 'audit-delivery-')), 'audit.sqlite');

describe('delivery through the module', () => {
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  it('brings every sealed event to a sink, in order, once, without its erasable sections', async () => {
    const lines: { logIndex: number; line: string }[] = [];
    const path = place();
    const sink: Sink = {
      name: 'collector',
      deliver: (batch) => void batch.forEach(({ logIndex, line }) => lines.push({ logIndex, line })),
    };
    const audit = await boot(path, sink);
    for (let i = 0; i < 30; i++) await audit.log({ action: 'thing.done', metadata: { secretOfTheHouse: i } });
    expect(await audit.flushPending()).toMatchObject({ failed: 0, still_pending: 0, stillPending: 0, held: 0 });
    expect(lines.map(({ logIndex }) => logIndex)).toEqual(Array.from({ length: 31 }, (_, i) => i));
    expect(lines.some(({ line }) => line.includes('secretOfTheHouse'))).toBe(false);
    const { id } = (await audit.find({ limit: 1 })).items[0].record;
    expect((await audit.deliveryStatus(id))?.deliveries).toMatchObject([{ sink: 'collector', status: 'delivered' }]);
  });

  it('keeps what a sink cannot take now and delivers it after a restart', async () => {
    const path = place();
    const away: Sink = {
      name: 'collector',
      deliver: () => {
        throw new Error('away');
      },
    };
    const audit = await boot(path, away);
    await audit.log({ action: 'thing.done' });
    const result = await audit.flushPending('collector');
    expect(result).toMatchObject({ flushed: 0, failed: 0, still_pending: 2, total: 2 });
    await opened.splice(0)[0].close();

    const ids: string[] = [];
    const again = await boot(path, {
      name: 'collector',
      deliver: (batch) => void batch.forEach(({ eventId }) => ids.push(eventId)),
    });
    await again.flushPending();
    const { items } = await again.find({ order: 'oldest' });
    expect(ids.slice(0, items.length)).toEqual(items.map(({ record }) => record.id));
    expect(items.map(({ record }) => record.action)).toEqual(
      expect.arrayContaining(['audit.started', 'thing.done', 'audit.stopped']),
    );
  });

  it('shows sealed events as they come', async () => {
    const audit = await boot(place(), { name: 'none', deliver: () => undefined });
    const seen = new Promise<string>((resolve) => {
      const subscription = audit.events$.subscribe(({ line }) => {
        if (!line.includes('thing.done')) return;
        subscription.unsubscribe();
        resolve(line);
      });
    });
    await audit.log({ action: 'thing.done' });
    expect(await seen).toContain('"action":"thing.done"');
  });
});
