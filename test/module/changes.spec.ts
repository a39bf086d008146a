import { Body, Controller, Delete, HttpException, Injectable, Module, Param, Patch, Post } from '@nestjs/common';
import type { CanActivate, DynamicModule, ExecutionContext, INestApplication } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import type { DataSourceOptions, Relation } from 'typeorm';
import {
  AuditEntity,
  AuditModule,
  AuditService,
  ChangeReasonRequiredError,
  DataSourceMissingError,
  LogElsewhereError,
} from '../../lib/index.js';
import type { AuditEntry, AuditModuleOptions, RowChange } from '../../lib/index.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';

@Entity()
class Invoice {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar' })
  customer!: string;

  @Column({ type: 'integer' })
  amount!: number;

  @Column({ type: 'varchar', nullable: true })
  note!: string | null;

  @OneToMany(() => InvoiceLine, (line) => line.invoice, { cascade: true })
  lines!: InvoiceLine[];
}

@Entity()
class InvoiceLine {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar' })
  text!: string;

  @ManyToOne(() => Invoice, (invoice) => invoice.lines, { onDelete: 'CASCADE' })
  invoice!: Relation<Invoice>;
}

@AuditEntity({ resource: 'payout', requireReason: true })
@Entity()
class PayoutEntity {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;
}

@Controller('invoices')
class InvoicesController {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  @Post()
  async create(@Body() body: Partial<Invoice>): Promise<{ id: string }> {
    const saved = await this.dataSource.getRepository(Invoice).save(body);
    return { id: saved.id! };
  }

  @Patch(':id')
  async edit(@Param('id') id: string, @Body() { reason, ...change }: Partial<Invoice> & { reason?: string }) {
    if (reason) this.audit.annotate({ reason: { code: 'correction', text: reason } });
    const invoices = this.dataSource.getRepository(Invoice);
    await invoices.save({ ...(await invoices.findOneByOrFail({ id })), ...change });
  }

  @Post(':id/fail')
  async fail(@Param('id') id: string) {
    await this.dataSource.transaction(async (manager) => {
      await manager.update(Invoice, { id }, { amount: 0 });
      await this.audit.log({ action: 'invoice.written_off', resource: { type: 'invoice', id } }, { manager });
      throw new HttpException('refused by the bank', 422);
    });
  }

  @Post(':id/approve')
  async approve(@Param('id') id: string) {
    return this.dataSource.transaction(async (manager) => {
      await manager.update(Invoice, { id }, { note: 'approved' });
      const receipt = await this.audit.log(
        { action: 'invoice.approved', resource: { type: 'invoice', id } },
        { manager },
      );
      await manager.update(Invoice, { id }, { amount: 1 });
      return receipt;
    });
  }

  @Delete(':id')
  async remove(@Param('id') id: string) {
    await this.dataSource.getRepository(Invoice).delete({ id });
  }
}

@Injectable()
class HeaderGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    request.user = { sub: request.headers['x-user'], roles: [] };
    request.tenant = { id: 't_1', slug: 'acme' };
    return true;
  }
}

const KINDS = ['sqlite', 'postgres'] as const;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function place(kind: (typeof KINDS)[number]): Promise<DataSourceOptions> {
  const { location, drop } = kind === 'sqlite' ? freshSqliteFile() : await freshPostgres();
  closing.push(drop);
  return kind === 'sqlite'
    ? { type: 'better-sqlite3', database: location, prepareDatabase }
    : { type: 'postgres', url: location };
}

/** Thrown away afterwards: what survives a power cut is not asked of it. */
function prepareDatabase(handle: { pragma(text: string): unknown }): void {
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = OFF');
}

interface Billing {
  readonly app: INestApplication;
  readonly audit: AuditService;
  readonly dataSource: DataSource;
  /** Sends a request as somebody and waits for the trail. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<any>;
  /** What the trail says of entities and of the application's own events, oldest first. */
  trail(): Promise<AuditEntry[]>;
}

async function billing(database: DataSourceOptions, options: AuditModuleOptions): Promise<Billing> {
  class AppModule {}
  const imports: DynamicModule[] = [
    TypeOrmModule.forRoot({ ...database, entities: [Invoice, InvoiceLine, PayoutEntity], synchronize: true }),
    AuditModule.forRoot(options),
  ];
  const providers = [{ provide: APP_GUARD, useClass: HeaderGuard }];
  Module({ imports, providers, controllers: [InvoicesController] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  closing.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const audit = app.get(AuditService);
  return {
    app,
    audit,
    dataSource: app.get(DataSource),
    send: async (method, path, body, headers = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json', 'x-user': 'alice', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    trail: async () => {
      await audit.whenIdle();
      const entries: AuditEntry[] = [];
      for await (const entry of audit.stream({ order: 'oldest' })) {
        if (!entry.record.action.startsWith('audit.')) entries.push(entry);
      }
      return entries;
    },
  };
}

const SAME: AuditModuleOptions = { storage: { type: 'datasource', migrate: true } };
const invoice = (id: string) => ({ id, customer: 'Initech', amount: 100, lines: [{ id: `${id}-1`, text: 'Work' }] });
const short = ({ record }: AuditEntry) => `${record.action} ${record.resource?.id ?? ''}`.trim();
const ofRows = (entries: readonly AuditEntry[]) => entries.filter(({ record }) => !record.http);

describe.each(KINDS)('Entity changes, the log in the same %s database', (kind) => {
  it('carry request, actor and tenant, and are counted by the event of the request', async () => {
    const { send, trail, audit } = await billing(await place(kind), SAME);
    const headers = { 'x-request-id': 'req-1', 'x-correlation-id': 'cor-1' };
    expect((await send('POST', '/invoices', invoice('i1'), headers)).status).toBe(201);
    const entries = await trail();
    const rows = ofRows(entries);
    expect(rows.map(short).sort()).toEqual(['invoice.create i1', 'invoice_line.create i1-1']);
    for (const { record } of rows) {
      expect(record).toMatchObject({
        actor: { id: 'alice', type: 'user' },
        tenant: { id: 't_1', slug: 'acme' },
        context: { requestId: 'req-1', correlationId: 'cor-1' },
      });
    }
    expect(new Set(rows.map(({ record }) => record.context?.transactionId)).size).toBe(1);
    expect(rows.find((row) => row.record.action === 'invoice.create')?.sections.changes).toEqual([
      { path: 'id', new: 'i1' },
      { path: 'customer', new: 'Initech' },
      { path: 'amount', new: 100 },
    ]);
    const [request] = entries.filter(({ record }) => record.http);
    expect(request.record).toMatchObject({ http: { status: 201, changes: 2 }, context: { requestId: 'req-1' } });
    expect(audit.stats()).toMatchObject({ pending: 0, lost: 0, outbox: { moved: 2, setAside: 0 } });
    expect(audit.stats().accepted).toBe(audit.stats().sealed);
    expect((await audit.verify()).valid).toBe(true);
  });

  it('are gone with a transaction that is rolled back, the event of the application with them', async () => {
    const { send, trail, dataSource } = await billing(await place(kind), SAME);
    await send('POST', '/invoices', invoice('i1'));
    const before = ofRows(await trail()).length;
    expect((await send('POST', '/invoices/i1/fail')).status).toBe(422);
    const entries = await trail();
    expect(ofRows(entries)).toHaveLength(before);
    expect(entries.at(-1)?.record.http).toMatchObject({ status: 422 });
    expect(entries.at(-1)?.record.http).not.toHaveProperty('changes');
    expect(await dataSource.getRepository(Invoice).findOneByOrFail({ id: 'i1' })).toMatchObject({ amount: 100 });
  });

  it('stand with the event of the application in one transaction, in the order of writing', async () => {
    const { send, trail, audit } = await billing(await place(kind), SAME);
    await send('POST', '/invoices', invoice('i1'));
    const { body } = await send('POST', '/invoices/i1/approve', undefined, { 'x-request-id': 'req-2' });
    expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), pending: 'outbox' });
    const rows = ofRows(await trail()).slice(-3);
    expect(rows.map(short)).toEqual(['invoice.update i1', 'invoice.approved i1', 'invoice.update i1']);
    expect(new Set(rows.map(({ record }) => record.context?.transactionId)).size).toBe(1);
    expect(await audit.get(body.id)).toMatchObject({
      record: { action: 'invoice.approved', actor: { id: 'alice' }, context: { requestId: 'req-2' } },
    });
  });

  it('are never somebody else’s, also in 200 requests at once', async () => {
    const { send, trail } = await billing(await place(kind), SAME);
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        send('POST', '/invoices', { ...invoice(`i${n}`), lines: [] }, { 'x-user': `u${n}`, 'x-request-id': `r${n}` }),
      ),
    );
    const rows = ofRows(await trail());
    expect(rows).toHaveLength(200);
    for (const { record } of rows) {
      const n = record.resource?.id?.slice(1);
      expect([record.actor.id, record.context?.requestId]).toEqual([`u${n}`, `r${n}`]);
    }
  }, 30_000);

  it('belong to the job that runAs names, with its reason, else to the system', async () => {
    const { audit, dataSource, trail } = await billing(await place(kind), SAME);
    const payouts = dataSource.getRepository(PayoutEntity);
    const actor = { id: 'nightly', type: 'service' };
    const metadata = { run: 7, apiKey: 'SECRET' };
    await audit.runAs({ actor, correlationId: 'job-1', reason: { code: 'due' }, metadata }, () =>
      payouts.insert({ id: 'p1' }),
    );
    await expect(audit.runAs({ actor }, () => payouts.insert({ id: 'p2' }))).rejects.toThrow(ChangeReasonRequiredError);
    await dataSource.getRepository(Invoice).insert({ id: 'i1', customer: 'Initech', amount: 1 });
    const [payout, row] = await trail();
    expect(payout.record).toMatchObject({
      action: 'payout.create',
      actor,
      context: { correlationId: 'job-1' },
      reason: { code: 'due' },
    });
    expect(payout.sections.metadata).toMatchObject({ run: 7 });
    expect(JSON.stringify(payout)).not.toContain('SECRET');
    expect(row.record).toMatchObject({ action: 'invoice.create', actor: { type: 'system' } });
    expect(await payouts.count()).toBe(1);
  });

  it('wait in the outbox for the next start when the application goes', async () => {
    const database = await place(kind);
    const first = await billing(database, { ...SAME, changes: { enabled: false } });
    const { dataSource } = first;
    await dataSource.transaction((manager) => first.audit.log({ action: 'job.left' }, { manager }));
    await first.app.close();
    const second = await billing(database, { ...SAME, changes: { enabled: false } });
    expect((await second.trail()).map(short)).toEqual(['job.left']);
    expect((await second.audit.verify()).valid).toBe(true);
  });

  it('make the history of a row, and the row of any moment', async () => {
    const { audit, send, dataSource } = await billing(await place(kind), {
      ...SAME,
      changes: { bulk: { maxRows: 1 } },
    });
    const moments: [Date, unknown][] = [];
    const invoices = dataSource.getRepository(Invoice);
    const remember = async () => {
      moments.push([new Date(), await invoices.findOneBy({ id: 'i1' })]);
      // The next write comes in a later millisecond, which is all that a Date can tell apart.
      const now = Date.now();
      while (Date.now() - now < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    };
    await remember();
    await send('POST', '/invoices', { ...invoice('i1'), lines: [] }, { 'x-user': 'alice' });
    await remember();
    await send('PATCH', '/invoices/i1', { amount: 90, note: 'rebate', reason: 'wrong rate' }, { 'x-user': 'bob' });
    await remember();
    await send('POST', '/invoices/i1/fail');
    await remember();
    await send('PATCH', '/invoices/i1', { note: null }, { 'x-user': 'bob' });
    await remember();
    await send('DELETE', '/invoices/i1');
    await remember();
    await audit.whenIdle();

    const steps: RowChange[] = [];
    for await (const step of audit.history('invoice', 'i1')) steps.push(step);
    expect(steps.map(({ kind: step, actor }) => [step, actor.id])).toEqual([
      ['create', 'alice'],
      ['update', 'bob'],
      ['update', 'bob'],
      ['delete', 'alice'],
    ]);
    expect(steps[1]).toMatchObject({
      reason: { code: 'correction', text: 'wrong rate' },
      changes: [
        { path: 'amount', old: 100, new: 90 },
        { path: 'note', old: null, new: 'rebate' },
      ],
    });
    for (const [moment, row] of moments) {
      const { state, complete } = await audit.stateAt('invoice', 'i1', moment);
      expect(complete).toBe(true);
      expect(row === null ? state : { note: null, ...state }).toEqual(row);
    }
    await expect(audit.stateAt('invoice', 'i1', 'yesterday')).rejects.toThrow(/time.*yesterday/s);

    await invoices.insert({ id: 'i2', customer: 'Initech', amount: 100 });
    await invoices.insert({ id: 'i3', customer: 'Initech', amount: 5 });
    await invoices.update({ customer: 'Initech' }, { amount: 0 });
    await audit.whenIdle();
    const { state, complete, doubts } = await audit.stateAt('invoice', 'i2', new Date(Date.now() + 1));
    expect(complete).toBe(false);
    expect(doubts).toMatchObject([{ reason: 'bulk', paths: ['amount'] }]);
    expect(state).toMatchObject({ amount: 100 });
  });

  it('are no longer recorded after the shutdown, and the DataSource is as it was', async () => {
    const { app, dataSource } = await billing(await place(kind), SAME);
    expect(dataSource.subscribers).toHaveLength(1);
    await app.close();
    expect(dataSource.subscribers).toHaveLength(0);
    expect(Object.hasOwn(dataSource, 'initialize')).toBe(false);
  });
});

describe.each(KINDS)('Entity changes of a %s database, the log elsewhere', (kind) => {
  const elsewhere = (): AuditModuleOptions => {
    const { location, drop } = freshSqliteFile();
    closing.push(drop);
    return { storage: { type: 'sqlite', path: location } };
  };

  it('are queued after the commit, and only then', async () => {
    const { send, trail, audit } = await billing(await place(kind), elsewhere());
    await send('POST', '/invoices', invoice('i1'), { 'x-request-id': 'req-1' });
    await send('DELETE', '/invoices/i1');
    const rows = ofRows(await trail());
    expect(rows.map(short).sort()).toEqual([
      'invoice.create i1',
      'invoice.delete i1',
      'invoice_line.create i1-1',
      'invoice_line.delete i1-1',
    ]);
    expect(rows[0].record).toMatchObject({ actor: { id: 'alice' }, context: { requestId: 'req-1' } });
    expect(audit.stats().outbox).toEqual({ moved: 0, setAside: 0 });
  });

  it('cannot be tied to an event of the application, which is refused', async () => {
    const { send, trail, dataSource, audit } = await billing(await place(kind), elsewhere());
    await dataSource.getRepository(Invoice).insert({ id: 'i1', customer: 'Initech', amount: 1 });
    const failure = await dataSource
      .transaction((manager) => audit.log({ action: 'invoice.approved' }, { manager }))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LogElsewhereError);
    expect((await send('POST', '/invoices/i1/approve')).status).toBe(500);
    expect(ofRows(await trail()).map(short)).toEqual(['invoice.create i1']);
  });
});

describe('DataSources of entity changes', () => {
  const boot = async (options: AuditModuleOptions, ...imports: DynamicModule[]) => {
    class AppModule {}
    Module({ imports: [...imports, AuditModule.forRoot(options)] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    closing.push(() => app.close());
    return app;
  };

  it('need not be there by default, but must be when they are named', async () => {
    await boot({ storage: { type: 'memory' } });
    const named: AuditModuleOptions = { storage: { type: 'memory' }, changes: { dataSources: ['billing'] } };
    await expect(boot(named)).rejects.toThrow(DataSourceMissingError);
    await expect(boot(named)).rejects.toThrow(/billing.*TypeOrmModule/s);
    const only: AuditModuleOptions = {
      storage: { type: 'memory' },
      changes: { dataSources: ['default'], replaceDefaults: true },
    };
    await expect(boot(only)).rejects.toThrow(DataSourceMissingError);
  });

  it('may be initialised later', async () => {
    const later = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [PayoutEntity, Invoice, InvoiceLine],
      synchronize: true,
      manualInitialization: true,
    });
    const app = await boot({ storage: { type: 'memory' } }, later);
    const dataSource = app.get(DataSource);
    await dataSource.initialize();
    await dataSource.getRepository(Invoice).insert({ id: 'i1', customer: 'Initech', amount: 1 });
    const audit = app.get(AuditService);
    await audit.whenIdle();
    expect((await audit.find({ action: 'invoice.create' })).items).toHaveLength(1);
  });

  it('are followed by name, the default one with them, and not when switched off', async () => {
    const source = (name?: string) =>
      TypeOrmModule.forRoot({
        ...(name ? { name } : {}),
        type: 'better-sqlite3',
        database: ':memory:',
        entities: [PayoutEntity, Invoice, InvoiceLine],
        synchronize: true,
      });
    const row = { id: 'i1', customer: 'Initech', amount: 1 };
    const count = async (changes: AuditModuleOptions['changes']) => {
      const app = await boot({ storage: { type: 'memory' }, changes }, source(), source('second'));
      for (const token of [DataSource, 'secondDataSource']) {
        await (app.get(token) as DataSource).getRepository(Invoice).insert(row);
      }
      const audit = app.get(AuditService);
      await audit.whenIdle();
      return (await audit.find({ action: 'invoice.create' })).items.length;
    };
    expect(await count({})).toBe(1);
    expect(await count({ dataSources: ['second'] })).toBe(2);
    expect(await count({ dataSources: ['second'], exclude: [Invoice] })).toBe(0);
    expect(await count({ entities: ['PayoutEntity'] })).toBe(0);
    expect(await count({ enabled: false })).toBe(0);
  });
});
