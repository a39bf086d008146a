import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import Database from 'better-sqlite3';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  AuditImportedTwiceError,
  AuditModule,
  AuditService,
  DataSourceMissingError,
  InvalidAuditOptionsError,
  SchemaMissingError,
  TenantMissingError,
} from '../../lib/index.js';
import type { AuditModuleOptions } from '../../lib/index.js';
import { freshPostgres } from '../support/databases.js';

@Entity()
class Note {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar' })
  text!: string;
}

const folder = () => mkdtempSync(join(tmpdir(), 'audit-module-'));
const sqlite = (path = join(folder(), 'audit.sqlite')): AuditModuleOptions => ({ storage: { type: 'sqlite', path } });
const opened: INestApplicationContext[] = [];

async function boot(...imports: (DynamicModule | Promise<DynamicModule>)[]): Promise<INestApplicationContext> {
  class AppModule {}
  Module({ imports })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  opened.push(app);
  return app;
}

describe('AuditModule', () => {
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  it('works without options: a SQLite file in the working directory, the name of the package there', async () => {
    const before = process.cwd();
    const place = folder();
    process.chdir(place);
    try {
      const app = await boot(AuditModule.forRoot());
      const receipt = await app.get(AuditService).log({ action: 'thing.done' });
      expect(receipt).toMatchObject({
        stream: 'main',
        sequence: receipt.logIndex,
        previousHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      await app.close();
      expect(readFileSync(join(place, 'audit.sqlite')).subarray(0, 15).toString()).toBe('SQLite format 3');
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    [
      'useFactory',
      (options: AuditModuleOptions) =>
        AuditModule.forRootAsync({ inject: [], useFactory: () => Promise.resolve(options) }),
    ],
    [
      'useClass',
      (options: AuditModuleOptions) => {
        @Injectable()
        class Config {
          createAuditOptions() {
            return options;
          }
        }
        return AuditModule.forRootAsync({ useClass: Config });
      },
    ],
    [
      'useExisting',
      (options: AuditModuleOptions) => {
        @Injectable()
        class Config {
          createAuditOptions() {
            return options;
          }
        }
        @Module({ providers: [Config], exports: [Config] })
        class ConfigModule {}
        return AuditModule.forRootAsync({ imports: [ConfigModule], useExisting: Config });
      },
    ],
  ])('takes its options from %s', async (_, moduleOf) => {
    const app = await boot(moduleOf({ ...sqlite(), service: { name: 'async-service' } }));
    const audit = app.get(AuditService);
    const { id } = await audit.log({ action: 'thing.done' });
    expect((await audit.get(id))?.record.service.name).toBe('async-service');
  });

  it('is global: a feature module needs no import', async () => {
    @Injectable()
    class Feature {
      constructor(readonly audit: AuditService) {}
    }
    @Module({ providers: [Feature], exports: [Feature] })
    class FeatureModule {}
    const app = await boot(AuditModule.forRoot(sqlite()), { module: FeatureModule });
    expect(app.get(Feature).audit).toBe(app.get(AuditService));
  });

  it('is imported by one call: two would record every request twice', async () => {
    @Module({ imports: [AuditModule.forRoot(sqlite())] })
    class FeatureModule {}
    await expect(boot(AuditModule.forRoot(sqlite()), { module: FeatureModule })).rejects.toThrow(
      AuditImportedTwiceError,
    );

    const audit = AuditModule.forRoot(sqlite());
    @Module({ imports: [audit] })
    class OtherModule {}
    const app = await boot(audit, { module: OtherModule });
    await app.get(AuditService).whenIdle();
    expect((await app.get(AuditService).find({ action: 'audit.started' })).items).toHaveLength(1);
  });

  it('names the DataSource that is to keep the log and does not exist', async () => {
    const options: AuditModuleOptions = { storage: { type: 'datasource', dataSource: 'trail' } };
    const failure = await boot(AuditModule.forRoot(options)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataSourceMissingError);
    expect(String(failure)).toMatch(/storage\.dataSource names "trail"/);
  });

  it('refuses unknown and wrong options at start, naming path, given and allowed', async () => {
    const wrong = { storage: { type: 'sqllite' }, quue: {} } as unknown as AuditModuleOptions;
    const failure = await boot(AuditModule.forRoot(wrong)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidAuditOptionsError);
    expect(String(failure)).toMatch(/storage\.type.*sqllite.*sqlite/s);
    expect(String(failure)).toMatch(/quue.*queue/s);
  });

  it('records its start with the configuration in force, secrets masked, and its end', async () => {
    const path = join(folder(), 'audit.sqlite');
    const app = await boot(
      AuditModule.forRoot({
        ...sqlite(path),
        actor: { jwt: { secret: 'planted-secret-0123456789', algorithms: ['HS256'] } },
      }),
    );
    await app.close();
    const again = await boot(AuditModule.forRoot(sqlite(path)));
    const { items } = await again.get(AuditService).find({ action: 'audit.*', order: 'oldest' });
    expect(items.map(({ record }) => record.action)).toEqual(['audit.started', 'audit.stopped', 'audit.started']);
    const config = (items[0].sections.metadata as { config: Record<string, unknown> }).config;
    expect(config).toMatchObject({ 'queue.maxEvents': expect.anything(), 'storage.type': expect.anything() });
    expect(readFileSync(path).includes('planted-secret')).toBe(false);
  });

  it('keeps the log in a named DataSource of the application', async () => {
    const path = join(folder(), 'shared.sqlite');
    const app = await boot(
      TypeOrmModule.forRoot({
        name: 'audit',
        type: 'better-sqlite3',
        database: path,
        entities: [Note],
        synchronize: true,
      }),
      AuditModule.forRoot({ storage: { type: 'datasource', dataSource: 'audit', migrate: true } }),
    );
    const audit = app.get(AuditService);
    await audit.log({ action: 'thing.done' });
    expect(await audit.verify()).toMatchObject({ valid: true, totalEvents: 2 });
    await app.close();
    const database = new Database(path, { readonly: true });
    expect(database.prepare('SELECT action FROM audit_event ORDER BY log_index').pluck().all()).toEqual([
      'audit.started',
      'thing.done',
      'audit.stopped',
    ]);
    database.close();
  });

  it('says which command makes the tables when they are missing on a server', async () => {
    const { location, drop } = await freshPostgres();
    const failure = await boot(AuditModule.forRoot({ storage: { type: 'postgres', url: location } })).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(SchemaMissingError);
    expect(String(failure)).toMatch(/audit_event.*migrate/s);
    await drop();
  });

  it('finds by every condition, pages without gaps, and streams', async () => {
    const app = await boot(AuditModule.forRoot(sqlite()));
    const audit = app.get(AuditService);
    for (let i = 0; i < 25; i++) {
      await audit.log({
        action: i % 2 ? 'invoice.pay' : 'invoice.read',
        actor: { id: `u${i % 3}`, type: 'user' },
        tenant: { id: `t${i % 2}` },
        resource: { type: 'invoice', id: String(i) },
        context: { requestId: `r${i}`, correlationId: `c${i % 5}` },
        outcome: i % 4 ? 'success' : 'denied',
        occurredAt: new Date(Date.UTC(2026, 0, 1, 0, i)),
      });
    }
    const idsOf = async (query: Parameters<AuditService['find']>[0]) =>
      (await audit.find({ order: 'oldest', ...query })).items.map(({ record }) => Number(record.resource?.id ?? -1));
    expect(await idsOf({ actor: 'u1' })).toEqual([1, 4, 7, 10, 13, 16, 19, 22]);
    expect(await idsOf({ action: 'invoice.*', tenant: 't1', actor: 'u0' })).toEqual([3, 9, 15, 21]);
    expect(await idsOf({ resource: { type: 'invoice', id: '7' } })).toEqual([7]);
    expect(await idsOf({ requestId: 'r9' })).toEqual([9]);
    expect(await idsOf({ correlationId: 'c4', outcome: 'denied' })).toEqual([4, 24]);
    const [from, to] = [new Date(Date.UTC(2026, 0, 1, 0, 3)), '2026-01-01T00:06:00Z'];
    expect(await idsOf({ from, to })).toEqual([3, 4, 5]);

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.find({ limit: 7, action: 'invoice.*', ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ record }) => record.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen).size).toBe(25);
    let streamed = 0;
    for await (const { record } of audit.stream({ action: 'invoice.*' }))
      streamed += record.action.startsWith('invoice.') ? 1 : 100;
    expect(streamed).toBe(25);
    expect(await audit.lastHash()).toBe((await audit.find({ limit: 1 })).items[0].hash);
    await expect(audit.find({ cursor: '1; DROP TABLE' })).rejects.toThrow(/cursor/);
  });

  it('asks for a tenant where one is required, but not of denials and of the system', async () => {
    const app = await boot(AuditModule.forRoot({ ...sqlite(), tenant: { required: true } }));
    const audit = app.get(AuditService);
    const actor = { id: 'u1', type: 'user' };
    await expect(audit.log({ action: 'thing.done', actor })).rejects.toBeInstanceOf(TenantMissingError);
    await audit.log({ action: 'thing.done', actor, tenant: { id: 't1' } });
    await audit.log({ action: 'thing.done', actor, outcome: 'denied' });
    await audit.log({ action: 'thing.done' });
    await audit.runAs({ actor, tenant: { id: 't2' } }, () => audit.log({ action: 'thing.done' }));
    await audit.log({ action: 'thing.done', actor, tenant: { slug: 'acme' } });
    expect((await audit.find({ action: 'thing.done' })).items).toHaveLength(5);
  });

  it('lets jobs act as somebody, nested and merged', async () => {
    const app = await boot(AuditModule.forRoot({ ...sqlite(), stream: 'per-tenant' }));
    const audit = app.get(AuditService);
    const receipt = await audit.runAs(
      {
        actor: { id: 'nightly', type: 'service' },
        tenant: { id: 't1' },
        correlationId: 'job-1',
        metadata: { job: 'close' },
      },
      () => audit.runAs({ metadata: { step: 2 } }, () => audit.log({ action: 'books.close', metadata: { pages: 3 } })),
    );
    const entry = await audit.get(receipt.id);
    expect(entry?.record).toMatchObject({
      actor: { id: 'nightly', type: 'service' },
      context: { correlationId: 'job-1' },
      stream: 'tenant:t1',
      sequence: 0,
      tenant: { id: 't1' },
    });
    expect(entry?.sections.metadata).toEqual({ job: 'close', step: 2, pages: 3 });
  });
});
