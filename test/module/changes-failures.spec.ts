import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { AuditModule, AuditService } from '../../lib/index.js';
import type { AuditModuleOptions } from '../../lib/index.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { FaultProxy } from '../support/fault-proxy.js';

@Entity()
class Account {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'integer' })
  balance!: number;
}

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function boot(place: DataSourceOptions, options: AuditModuleOptions = {}): Promise<INestApplicationContext> {
  class AppModule {}
  const imports = [
    TypeOrmModule.forRoot({ ...place, entities: [Account], synchronize: true } as DataSourceOptions),
    AuditModule.forRoot({
      storage: { type: 'datasource', migrate: true },
      queue: { retryBaseMs: 5, retryMaxMs: 50 },
      onError: () => undefined,
      ...options,
    }),
  ];
  Module({ imports })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  closing.push(() => app.close());
  return app;
}

async function postgres(): Promise<string> {
  const { location, drop } = await freshPostgres();
  closing.push(drop);
  return location;
}

/** What the trail says of the accounts, oldest first. */
async function trail(audit: AuditService): Promise<string[]> {
  await audit.whenIdle();
  const lines: string[] = [];
  for await (const { record } of audit.stream({ order: 'oldest' })) {
    if (record.resource?.type === 'account') lines.push(`${record.resource.id} ${record.action.split('.')[1]}`);
  }
  return lines;
}

describe('Entity changes when something fails', () => {
  it('data and trail agree wherever the connection breaks, before, in and behind the commit', async () => {
    const url = await postgres();
    const proxy = await FaultProxy.start(url);
    closing.push(() => proxy.close());
    const app = await boot({ type: 'postgres', url: proxy.url });
    const audit = app.get(AuditService);
    const accounts = app.get(DataSource).getRepository(Account);
    // Once undisturbed, so that later transactions have no more to say than they must.
    const work = (id: string) =>
      accounts.manager.transaction(async (manager) => {
        await manager.insert(Account, { id, balance: 1 });
        await manager.update(Account, id, { balance: 2 });
      });
    await work('undisturbed');
    await audit.whenIdle();
    let refused = 0;
    for (let messages = 0; messages <= 30; messages++) {
      proxy.cutAfter(messages);
      await work(`a${messages}`).catch(() => refused++);
      await proxy.heal();
    }
    const rows = await accounts.find({ order: { id: 'ASC' } });
    const lines = await trail(audit);
    expect(lines.toSorted()).toEqual(rows.flatMap(({ id }) => [`${id} create`, `${id} update`]).toSorted());
    expect(rows.every(({ balance }) => balance === 2)).toBe(true);
    expect(proxy.cuts).toBeGreaterThan(5);
    expect(refused).toBeGreaterThan(5);
    expect(rows.length).toBeGreaterThan(1);
    expect((await audit.verify()).valid).toBe(true);
  }, 60_000);

  it('one connection is enough for everybody', async () => {
    const app = await boot({ type: 'postgres', url: await postgres(), poolSize: 1 });
    const audit = app.get(AuditService);
    const accounts = app.get(DataSource).getRepository(Account);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        accounts.manager.transaction(async (manager) => {
          await manager.insert(Account, { id: `a${n}`, balance: 0 });
          await manager.upsert(Account, { id: `a${n}`, balance: n + 1 }, ['id']);
          await audit.log({ action: 'account.opened', resource: { type: 'account', id: `a${n}` } }, { manager });
        }),
      ),
    );
    const expected = Array.from({ length: 20 }, (_, n) => [`a${n} create`, `a${n} opened`, `a${n} update`]).flat();
    expect((await trail(audit)).toSorted()).toEqual(expected.toSorted());
    expect(audit.stats()).toMatchObject({ pending: 0, lost: 0, failuresByPart: {} });
  }, 30_000);

  it.each(['sqlite', 'postgres'] as const)(
    'transactions on %s go on while nothing can be sealed, and nothing of them is lost or doubled',
    async (kind) => {
      const file = freshSqliteFile();
      closing.push(file.drop);
      const app = await boot(
        kind === 'sqlite'
          ? { type: 'better-sqlite3', database: file.location }
          : { type: 'postgres', url: await postgres() },
      );
      const audit = app.get(AuditService);
      const dataSource = app.get(DataSource);
      const accounts = dataSource.getRepository(Account);
      await dataSource.query('ALTER TABLE audit_stream RENAME TO hidden_stream');
      for (let n = 0; n < 3; n++) await accounts.insert({ id: `a${n}`, balance: n });
      await accounts.manager
        .transaction(async (manager) => {
          await manager.delete(Account, 'a0');
          throw new Error('undo');
        })
        .catch(() => undefined);
      // Until the sequencer has tried in vain.
      while (!audit.stats().failuresByPart.outbox) await new Promise<void>((resolve) => setImmediate(resolve));
      const [{ waiting }] = await dataSource.query('SELECT count(*) AS waiting FROM audit_outbox');
      expect(Number(waiting)).toBe(3);
      await dataSource.query('ALTER TABLE hidden_stream RENAME TO audit_stream');
      expect(await trail(audit)).toEqual(['a0 create', 'a1 create', 'a2 create']);
      expect(audit.stats()).toMatchObject({ lost: 0, outbox: { moved: 3, setAside: 0 } });
      expect((await audit.verify()).valid).toBe(true);
    },
  );
});
