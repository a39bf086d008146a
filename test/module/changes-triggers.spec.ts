import { Body, Controller, Injectable, Module, Param, Patch, Post } from '@nestjs/common';
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { AuditMask, AuditModule, AuditService, auditTriggerStatements, TriggersMissingError } from '../../lib/index.js';
import type { AuditEntry, AuditModuleOptions } from '../../lib/index.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';

@Entity()
class Invoice {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'integer' })
  amount!: number;

  @AuditMask()
  @Column({ type: 'varchar', nullable: true })
  iban!: string | null;
}

@Controller('invoices')
class InvoicesController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Post()
  async create(@Body() invoice: Partial<Invoice>): Promise<void> {
    await this.dataSource.getRepository(Invoice).save(invoice);
  }

  @Patch(':id')
  async raise(@Param('id') id: string): Promise<void> {
    await this.dataSource.transaction((manager) =>
      manager.query('UPDATE invoice SET amount = amount + 1 WHERE id = $1', [id]),
    );
  }
}

@Injectable()
class HeaderGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    request.user = { sub: request.headers['x-user'] };
    return true;
  }
}

const WITHOUT: AuditModuleOptions = { storage: { type: 'datasource', migrate: true } };
const WITH: AuditModuleOptions = { ...WITHOUT, changes: { triggers: true } };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function boot(url: string, options: AuditModuleOptions): Promise<INestApplication> {
  class AppModule {}
  Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        applicationName: 'billing',
        entities: [Invoice],
        synchronize: true,
      }),
      AuditModule.forRoot(options),
    ],
    providers: [{ provide: APP_GUARD, useClass: HeaderGuard }],
    controllers: [InvoicesController],
  })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  closing.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app;
}

/** A database whose tables have their triggers. */
async function prepared(): Promise<string> {
  const { location: url, drop } = await freshPostgres();
  closing.push(drop);
  const app = await boot(url, WITHOUT);
  const dataSource = app.get(DataSource);
  for (const sql of auditTriggerStatements(dataSource, WITH)) await dataSource.query(sql);
  // A second time changes nothing.
  for (const sql of auditTriggerStatements(dataSource, WITH)) await dataSource.query(sql);
  await app.close();
  return url;
}

async function send(app: INestApplication, method: string, path: string, body?: unknown) {
  const headers = { 'content-type': 'application/json', 'x-user': 'alice', 'x-request-id': `${method}-1` };
  const { status } = await fetch((await app.getUrl()) + path, { method, headers, body: JSON.stringify(body) });
  expect(status).toBeLessThan(300);
}

async function trail(app: INestApplication): Promise<AuditEntry[]> {
  const audit = app.get(AuditService);
  await audit.whenIdle();
  const entries: AuditEntry[] = [];
  for await (const entry of audit.stream({ order: 'oldest' })) {
    if (!entry.record.http && entry.record.resource) entries.push(entry);
  }
  return entries;
}

const short = ({ record: { action, actor, context } }: AuditEntry) =>
  `${action} ${actor.id ?? actor.type} ${context?.requestId ?? '-'}`;

describe('changes.triggers on PostgreSQL', () => {
  it('records raw SQL of requests, jobs and strangers, and what goes through TypeORM once', async () => {
    const app = await boot(await prepared(), WITH);
    const audit = app.get(AuditService);
    const dataSource = app.get(DataSource);
    await send(app, 'POST', '/invoices', { id: 'i1', amount: 1, iban: 'DE02120300000000202051' });
    await send(app, 'PATCH', '/invoices/i1');
    await audit.runAs(
      { actor: { id: 'nightly', type: 'service' }, reason: { code: 'due', text: 'at \0 last' }, metadata: { run: 7n } },
      () => dataSource.transaction((manager) => manager.query(`UPDATE invoice SET iban = 'DE75512108001245126199'`)),
    );
    await dataSource.query(`DELETE FROM invoice`);
    const entries = await trail(app);
    expect(entries.map(short)).toEqual([
      'invoice.create alice POST-1',
      'invoice.update alice PATCH-1',
      'invoice.update nightly -',
      'invoice.delete anonymous -',
    ]);
    const requests = (await audit.find({ order: 'oldest' })).items.filter(({ record }) => record.http);
    expect(requests.map(({ record }) => record.http?.changes)).toEqual([1, 1]);
    expect(entries[1].sections.changes).toEqual([{ path: 'amount', old: 1, new: 2 }]);
    expect(entries[2].record.reason).toEqual({ code: 'due' });
    expect(entries[2].sections.metadata).toMatchObject({
      run: { $bigint: '7' },
      reason: expect.stringMatching(/^at .* last$/),
    });
    expect(entries[3].sections.metadata).toMatchObject({
      via: 'trigger',
      applicationName: 'billing',
      databaseRole: expect.any(String),
    });
    expect(JSON.stringify(entries)).not.toMatch(/DE02120300000000202051|DE75512108001245126199/);
    const steps = [];
    for await (const step of audit.history('invoice', 'i1')) steps.push(step.kind);
    expect(steps).toEqual(['create', 'update', 'update', 'delete']);
    expect(audit.stats().outbox).toEqual({ moved: 4, setAside: 0 });
    expect((await audit.verify()).valid).toBe(true);
  });

  it('the rows of triggers are sealed by any instance, also one that does not use them', async () => {
    const url = await prepared();
    const app = await boot(url, { ...WITHOUT, changes: { enabled: false } });
    await app.get(DataSource).query(`INSERT INTO invoice VALUES ('i1', 5, 'DE02120300000000202051')`);
    const [entry] = await trail(app);
    expect(short(entry)).toBe('invoice.create anonymous -');
    expect(JSON.stringify(entry)).not.toContain('DE02120300000000202051');
    expect(app.get(AuditService).stats().outbox).toEqual({ moved: 1, setAside: 0 });
  });

  it('a temporary table of the same name cannot take the place of the outbox', async () => {
    const app = await boot(await prepared(), WITH);
    await app.get(DataSource).transaction(async (manager) => {
      await manager.query(
        'CREATE TEMP TABLE audit_outbox (event_id text, payload text, created_at text) ON COMMIT DROP',
      );
      await manager.query(`INSERT INTO invoice VALUES ('i1', 5)`);
    });
    expect((await trail(app)).map(short)).toEqual(['invoice.create system -']);
  });

  it('refuses to start when no table has a trigger, or none could have one', async () => {
    const { location: url, drop } = await freshPostgres();
    closing.push(drop);
    await expect(boot(url, WITH)).rejects.toThrow(TriggersMissingError);
    await expect(boot(url, WITH)).rejects.toThrow(/audit_attach/);
    const file = freshSqliteFile();
    closing.push(file.drop);
    const elsewhere: AuditModuleOptions = { ...WITH, storage: { type: 'sqlite', path: file.location } };
    await expect(boot(url, elsewhere)).rejects.toThrow(/keeps the audit log/);
  });
});
