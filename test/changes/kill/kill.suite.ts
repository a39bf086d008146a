import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataSource, EntitySchema } from 'typeorm';
import type { DataSourceOptions, ObjectLiteral } from 'typeorm';
import type { AuditRecord } from '../../../lib/event/audit-record.interface.js';
import { Ledger } from '../../../lib/ledger/ledger.js';
import { OutboxSequencer } from '../../../lib/ledger/outbox/outbox-sequencer.js';
import type { StoredEvent } from '../../../lib/ledger/ledger-store.port.js';
import { SqlDatabase } from '../../../lib/storage/typeorm/sql-database.js';
import { SqlStorage } from '../../../lib/storage/typeorm/sql-storage.js';
import { Verifier } from '../../../lib/verification/verifier/verifier.js';
import type { SeenEvent, WorldKind } from '../support/change-world.js';
import { dataSourceOptions } from '../support/change-world.js';
import { fold, printed, tables } from '../support/fold.js';
import { freshMysql, freshPostgres, freshSqliteFile } from '../../support/databases.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = process.env.TEST_DIST ?? join(HERE, '../../../dist/esm');
const FRESH = { sqlite: async () => freshSqliteFile(), postgres: () => freshPostgres(), mysql: () => freshMysql() };
/** How many transactions a process gets done before it is killed, at most. */
const LIFE = 40;

const ENTITIES = [
  new EntitySchema<ObjectLiteral>({
    name: 'Purse',
    columns: { id: { type: 'int', primary: true }, coins: { type: 'int' }, owner: { type: String, nullable: true } },
  }),
  new EntitySchema<ObjectLiteral>({
    name: 'Note',
    columns: { id: { type: String, primary: true }, text: { type: String } },
  }),
];

/** Processes write, and are killed in the middle of it. What they committed and what the trail says must be one. */
export function killSuite(kind: WorldKind, transactions: number): void {
  it(`data and trail agree on ${kind} after ${transactions} transactions of processes that are killed`, async () => {
    const place = await FRESH[kind]();
    const { prepareDatabase: _unsafe, ...options } = dataSourceOptions(kind, place.location) as DataSourceOptions & {
      prepareDatabase?: unknown;
    };
    const dataSource = await new DataSource({
      ...options,
      entities: ENTITIES,
      synchronize: true,
    } as DataSourceOptions).initialize();
    const database = new SqlDatabase(dataSource, { migrate: true });
    await database.open();
    await dataSource.destroy();

    // On SQLite they share a connection, and TypeORM takes the commit of one for that of another.
    const loops = kind === 'sqlite' ? 1 : 3;
    let done = 0;
    let kills = 0;
    while (done < transactions) {
      done += await writeUntilKilled({ options, loops }, 1 + Math.floor(Math.random() * LIFE));
      kills++;
    }

    await dataSource.initialize();
    const storage = new SqlStorage(database);
    await moveOutbox(storage);
    const events = await sealed(storage);
    const { state, contradictions } = fold(events);
    expect(contradictions).toEqual([]);
    expect(printed(state)).toEqual(printed(await tables(dataSource)));
    const ids = new Set(events.map(({ context }) => context.transactionId));
    expect(ids.size).toBeGreaterThanOrEqual(done * 0.3);
    const result = await new Verifier(storage.ledger).verify();
    expect(result.valid).toBe(true);
    process.stderr.write(`${kind}: ${done} transactions, ${kills} processes killed, ${events.length} events\n`);
    await dataSource.destroy();
    await place.drop();
  });
}

/** @returns how many transactions the process has said to be committed */
async function writeUntilKilled(task: { options: object; loops: number }, transactions: number): Promise<number> {
  const argument = JSON.stringify({ dist: DIST, ...task });
  const child = spawn(process.execPath, [join(HERE, 'writing-process.mjs'), argument], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    if (output.length >= transactions) child.kill('SIGKILL');
  });
  const [, signal] = (await exited) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`The process ended by itself: ${errors}`);
  expect(output.replaceAll('.', '')).toBe('');
  return output.length;
}

async function moveOutbox(storage: SqlStorage): Promise<void> {
  const ledger = new Ledger(storage.ledger);
  const failures: unknown[] = [];
  const sequencer = new OutboxSequencer({
    outbox: storage.outbox,
    leases: storage.leases,
    holder: 'last',
    seal: async (events) => void (await ledger.append(events, true)),
    reduced: (event) => event,
    gapEvent: () => {
      throw new Error('no row of the outbox is unreadable');
    },
    onFailure: (error) => failures.push(error),
  });
  await sequencer.whenIdle();
  await sequencer.stop(1_000);
  expect(failures).toEqual([]);
  expect(await storage.outbox.count()).toBe(0);
}

async function sealed(storage: SqlStorage): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  for (let from = 0; ;) {
    const rows = await storage.ledger.readRange(from, 500);
    events.push(...rows.map(seenStored));
    if (rows.length < 500) return events;
    from = rows[rows.length - 1].logIndex + 1;
  }
}

function seenStored({ record, sections }: StoredEvent): SeenEvent {
  const { action, resource, actor, context, flags } = JSON.parse(record) as AuditRecord;
  const values = (sections === null ? {} : JSON.parse(sections)) as Record<string, { value: unknown }>;
  return {
    action,
    resource: `${resource?.type}#${resource?.id ?? ''}`,
    changes: (values.changes?.value ?? []) as SeenEvent['changes'],
    actor,
    context: (context ?? {}) as Record<string, string>,
    metadata: (values.metadata?.value ?? {}) as Record<string, unknown>,
    flags: [...(flags ?? [])],
  };
}
