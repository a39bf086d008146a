import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import type { FreshDatabase } from '../support/databases.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import type { SeenRequest } from '../support/delivery/fault-http-server.js';

const APPLICATION = fileURLToPath(new URL('./delivering-application.mjs', import.meta.url));
const PROCESSES = 4;
const ROUNDS = 5;
const EVENTS = 8;
const KILLS = 2;

/** What arrived of one event. */
interface Arrival {
  readonly bodies: Set<string>;
  count: number;
}

/** Four applications on one log, and the one place to which they deliver. */
class Fleet {
  /** By event id, in the order of first arrival. */
  readonly arrivals = new Map<string, Arrival>();
  readonly acknowledged = new Set<string>();
  storage!: AuditStorage;
  private server!: FaultHttpServer;
  private readonly processes: ChildProcess[] = [];
  private readonly location: StorageOptions;
  private awaited: { readonly ids: Set<string>; readonly done: () => void } | null = null;
  /** Decides for each request, before it is answered, whether its sender dies. */
  private strike: (() => boolean) | null = null;
  private onDeath: ((index: number) => void) | null = null;

  constructor(
    private readonly place: FreshDatabase,
    type: 'sqlite' | 'postgres',
  ) {
    const { location } = place;
    this.location = type === 'sqlite' ? { type, path: location } : { type, url: location, migrate: true, poolSize: 2 };
  }

  async start(): Promise<void> {
    this.storage = createStorage(this.location);
    await this.storage.open();
    this.server = await FaultHttpServer.start((request) => this.receive(request));
    const all = Array.from({ length: PROCESSES }, (_, index) => this.boot(index));
    this.processes.push(...(await Promise.all(all)));
  }

  async end(): Promise<void> {
    for (const child of this.processes) child.kill('SIGKILL');
    await this.server.down();
    await this.storage.close();
    await this.place.drop();
  }

  /** Every process logs events, at the same time. */
  async log(): Promise<void> {
    const answers = this.processes.map(async (child) => {
      const answer = once(child, 'message') as Promise<[{ ids: string[] }]>;
      child.send({ log: EVENTS });
      for (const id of (await answer)[0].ids) this.acknowledged.add(id);
    });
    await Promise.all(answers);
  }

  /** Resolves once everything that is in the log now has arrived. */
  async delivered(): Promise<void> {
    const ids = new Set((await this.rows()).map(({ eventId }) => eventId));
    for (const id of this.arrivals.keys()) ids.delete(id);
    if (ids.size > 0) await new Promise<void>((done) => (this.awaited = { ids, done }));
  }

  /** Kills whoever delivers, in the middle of a request; once its lease has run out there is another in its place. */
  async killSender(): Promise<void> {
    const died = new Promise<number>((resolve) => (this.onDeath = resolve));
    let requests = 3;
    this.strike = () => --requests === 0;
    await Promise.all(
      this.processes.map(async (child) => {
        const gone = once(child, 'exit').then(() => undefined);
        const answer = once(child, 'message') as Promise<[{ ids: string[] }]>;
        child.send({ log: EVENTS });
        const ids = await Promise.race([answer.then(([message]) => message.ids), gone]);
        for (const id of ids ?? []) this.acknowledged.add(id);
      }),
    );
    const index = await died;
    const child = this.processes[index];
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await (this.storage.database as SqlDatabase).execute(
      "UPDATE audit_lease SET expires_at = 0 WHERE name LIKE 'delivery:%'",
    );
    this.processes[index] = await this.boot(index);
  }

  async stop(): Promise<(number | null)[]> {
    return Promise.all(
      this.processes.map(async (child) => {
        child.send('stop');
        const [code] = (await once(child, 'exit')) as [number | null];
        return code;
      }),
    );
  }

  rows() {
    return this.storage.ledger.readRange(0, 100_000);
  }

  private async boot(index: number): Promise<ChildProcess> {
    const sink = {
      url: this.server.url,
      secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
      allowAddresses: ['127.0.0.1'],
      headers: { 'x-process': String(index) },
    };
    const child = fork(APPLICATION, [JSON.stringify(this.location), JSON.stringify(sink)], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  }

  private receive({ headers, body }: SeenRequest) {
    const id = String(headers['webhook-id']);
    const arrival = this.arrivals.get(id) ?? { bodies: new Set(), count: 0 };
    arrival.bodies.add(body.toString());
    arrival.count++;
    this.arrivals.set(id, arrival);
    if (this.strike?.()) {
      this.strike = null;
      const index = Number(headers['x-process']);
      this.processes[index].kill('SIGKILL');
      this.onDeath?.(index);
    }
    const { awaited } = this;
    if (awaited?.ids.delete(id) && awaited.ids.size === 0) {
      this.awaited = null;
      awaited.done();
    }
    return { status: 204 };
  }
}

/** Whole applications, each a process of its own, that share a log and deliver it to one place. */
export function describeFourProcesses(type: 'sqlite' | 'postgres', create: () => Promise<FreshDatabase>): void {
  it(`four processes on ${type} send each event once, and at least once, with the same bytes, when they are killed`, async () => {
    const fleet = new Fleet(await create(), type);
    try {
      await fleet.start();
      for (let round = 0; round < ROUNDS; round++) await fleet.log();
      await fleet.delivered();
      expect([...fleet.arrivals.values()].filter(({ count }) => count !== 1)).toEqual([]);
      expect(fleet.acknowledged.size).toBe(PROCESSES * ROUNDS * EVENTS);

      for (let kill = 0; kill < KILLS; kill++) await fleet.killSender();
      await fleet.delivered();
      expect(await fleet.stop()).toEqual([0, 0, 0, 0]);

      const ids = (await fleet.rows()).map(({ eventId }) => eventId);
      const arrived = [...fleet.arrivals.keys()];
      expect(arrived).toEqual(ids.slice(0, arrived.length)); // in order, none left out
      expect([...fleet.acknowledged].filter((id) => !fleet.arrivals.has(id))).toEqual([]);
      expect([...fleet.arrivals.values()].filter(({ bodies }) => bodies.size !== 1)).toEqual([]);
      const { length: killed } = (await fleet.rows()).filter(({ record }) => record.includes('unclean_shutdown'));
      expect(killed).toBe(KILLS);
      expect(await new Verifier(fleet.storage.ledger).verify()).toMatchObject({ valid: true });
    } finally {
      await fleet.end();
    }
  }, 60_000);
}
