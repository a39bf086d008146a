import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';

const SERVER = fileURLToPath(new URL('./server-process.mjs', import.meta.url));
const LANES = 32;

export interface KilledServerOptions {
  readonly storage: StorageOptions;
  readonly durability: 'async' | 'block' | 'strict';
  readonly spool: boolean;
  readonly kills: number;
  /** Requests answered before each kill. */
  readonly requests: number;
}

interface Answer {
  readonly requestId: string;
  /** Milliseconds on this process's clock. */
  readonly at: number;
}

export interface KilledServerReport {
  /** Answered with 201, in order. */
  readonly answered: readonly (Answer & { readonly killedAt: number })[];
  /** How often each request id stands in the log. */
  readonly recorded: ReadonlyMap<string, number>;
  readonly uncleanShutdowns: number;
  readonly valid: boolean;
}

/** Kills a server at full load, starts it again, and so on; then stops one properly and reads the log. */
export async function killUnderLoad(options: KilledServerOptions): Promise<KilledServerReport> {
  const moduleOptions: AuditModuleOptions = {
    service: { name: 'killed' },
    storage: { ...options.storage, migrate: true },
    durability: options.durability,
    queue: options.spool ? { spool: mkdtempSync(join(tmpdir(), 'audit-killed-')) } : {},
  };
  const answered: (Answer & { killedAt: number })[] = [];
  for (let round = 0; round < options.kills; round++) {
    const { child, port } = await start(moduleOptions);
    const answers: Answer[] = [];
    const load = drive(port, round, answers, () => answers.length < options.requests);
    await load.reached;
    const killedAt = performance.now();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await load.ended;
    // What was answered after the signal was sent was on its way already.
    answered.push(...answers.map((answer) => ({ ...answer, killedAt })));
  }
  const { child } = await start(moduleOptions);
  child.send('stop');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);

  const storage = createStorage({ ...options.storage, migrate: false });
  await storage.open();
  try {
    const recorded = new Map<string, number>();
    let uncleanShutdowns = 0;
    for (let from = 0, rows; (rows = await storage.ledger.readRange(from, 1000)).length > 0; from += rows.length) {
      for (const { requestId, action, record } of rows) {
        if (requestId !== null) recorded.set(requestId, (recorded.get(requestId) ?? 0) + 1);
        if (action === 'audit.gap' && record.includes('unclean_shutdown')) uncleanShutdowns++;
      }
    }
    const { valid } = await new Verifier(storage.ledger).verify();
    return { answered, recorded, uncleanShutdowns, valid };
  } finally {
    await storage.close();
  }
}

async function start(options: AuditModuleOptions): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(SERVER, [JSON.stringify(options)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

/** Sends requests over kept-alive connections until the server is gone. */
function drive(port: number, round: number, answers: Answer[], goesOn: () => boolean) {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  let next = 0;
  let reach: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const send = (requestId: string) =>
    new Promise<boolean>((resolve) => {
      const outgoing = request(
        { port, host: '127.0.0.1', path: '/things', method: 'POST', agent, headers: { 'x-request-id': requestId } },
        (response) => {
          response.on('error', () => resolve(false));
          response.on('end', () => {
            if (response.statusCode === 201) answers.push({ requestId, at: performance.now() });
            resolve(true);
          });
          response.resume();
        },
      );
      outgoing.on('error', () => resolve(false));
      outgoing.end();
    });
  const lane = async () => {
    while (await send(`r${round}-${next++}`)) if (!goesOn()) reach();
  };
  const ended = Promise.all(Array.from({ length: LANES }, lane)).then(() => agent.destroy());
  return { reached, ended };
}
