import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { AuditService } from 'nestjs-audit-trail';
import type { AuditEntry, FlushResult, SinkStatus } from 'nestjs-audit-trail';
import { USERS } from '../01-billing-api/auth/users.js';
import { BillingClient } from '../01-billing-api/drive/billing-client.js';
import { formatTrail } from '../01-billing-api/drive/trail-table.js';
import { DeliveredBillingModule } from './app.module.js';
import { ImmutableLogServer } from './immutable-log.server.js';
import { formatFlush, formatReceipts, formatSinks } from './tables.js';

/*
 * The story in one go, `npm run sample:03`: the billing API in mode `hybrid` with an ImmutableLog server that goes down,
 * comes back, refuses some events for good and rotates its key. The API answers all the while; what cannot be delivered
 * waits, and nothing is lost, skipped or sent with other bytes. Exits 0 only if all of that held.
 */
const folder = mkdtempSync(join(tmpdir(), 'billing-delivered-'));
const path = join(folder, 'audit.sqlite');
const failures: string[] = [];
const check = (held: boolean, what: string) => {
  console.log(`${held ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!held) failures.push(what);
};
const chapter = (title: string) => console.log(`\n${title}\n${'-'.repeat(title.length)}`);

const remote = new ImmutableLogServer();
await remote.up();
const [alice] = USERS;
let round = 0;
let { app, audit, client } = await start();

chapter('1. The remote works');
const answers = { total: 0, good: 0 };
await drive(3);
const first = await audit.flushPending();
console.log(`flushPending()\n${formatFlush(first)}\n`);
const entries = await trail();
console.log(`The trail\n${formatTrail(entries.slice(-8))}\n`);
const { deliveries } = await audit.deliveries({ limit: 8 });
console.log(`Receipts\n${formatReceipts(deliveries, entries)}\n`);
check(isComplete(first) && first.still_pending === 0, 'everything was delivered at once');
check(agrees(entries), 'the remote has every event once, in order');
check(
  entries.every(({ record, bytes }) => remote.kept.find(({ id }) => id === record.id)?.payload.includes(bytes)),
  'what the remote has is, byte for byte, what was hashed here',
);
check(
  remote.kept.some(({ trail: name }) => name === 'invoices-2026'),
  'the X-Audit-Trail header of a request groups its events at the remote',
);

chapter('2. The remote goes down');
await remote.down();
await drive(4);
const away = await audit.flushPending();
console.log(`flushPending()\n${formatFlush(away)}\n`);
const [lagging] = await audit.sinks();
console.log(`Sinks\n${formatSinks([lagging])}\n`);
check(answers.good === answers.total, `every request was answered as before: ${answers.good} of ${answers.total}`);
check(away.flushed === 0 && away.failed === 0 && away.still_pending > 0, 'nothing is sent, nothing fails, all waits');
check(isComplete(away), 'flushed + failed + still_pending = total');
check(lagging.state === 'retrying' && lagging.lagEvents > 0 && lagging.lagSeconds > 0, 'the lag is told');

chapter('3. It comes back');
await remote.up();
const back = await eventually((sink) => sink.lagEvents === 0);
console.log(`Sinks\n${formatSinks([back])}\n`);
check(back.lagEvents === 0 && back.state === 'active', 'delivery goes on by itself');
check(agrees(await trail()), 'the remote has every event once, in order');

chapter('4. It refuses some events for good');
remote.refused = new Map([
  ['invoice.pay', 422],
  ['invoice.read', 400],
]);
await drive(2);
const refused = await audit.flushPending();
console.log(`flushPending()\n${formatFlush(refused)}\n`);
const dead = (await audit.deliveries({ status: 'failed' })).deliveries;
console.log(`Receipts of what was refused\n${formatReceipts(dead, await trail())}\n`);
const [afterRefusal] = await audit.sinks();
check(dead.length === 4 && afterRefusal.failed === 4, 'each refused event is a dead letter with its reason');
check(afterRefusal.lagEvents === 0, 'the others went on');
const [one] = dead;
const { deliveries: ofOne = [] } = (await audit.deliveryStatus(one.eventId)) ?? {};
check(ofOne[0]?.status === 'failed', 'deliveryStatus() names what became of one event');

remote.refused.clear();
check((await audit.redrive({ eventIds: [one.eventId] })) === 1, 'one is driven again by its id');
const single = await audit.flushPending('immutablelog');
check((await audit.redrive()) === 3, 'the rest at once');
const redriven = await audit.flushPending();
console.log(`flushPending() after the re-drive\n${formatFlush(redriven)}\n`);
const again = (await audit.deliveries({ limit: 1000 })).deliveries.filter(({ eventId }) =>
  dead.some((letter) => letter.eventId === eventId),
);
console.log(`Their receipts now\n${formatReceipts(again, await trail())}\n`);
check(isComplete(single) && isComplete(redriven), 'flushed + failed + still_pending = total, both times');
check(
  again.length === 4 && again.every(({ status }) => status === 'delivered'),
  'what was refused is delivered after all',
);

chapter('5. It rotates its key');
const { apiKey } = remote;
remote.apiKey = 'iml_live_rotated9876543210';
await drive(3);
const held = await audit.flushPending();
console.log(`flushPending()\n${formatFlush(held)}\n`);
const [refusing] = await audit.sinks();
console.log(`Sinks\n${formatSinks([refusing])}\n`);
check(refusing.state === 'held' && /401/.test(refusing.lastError ?? ''), 'the sink is held, for a 401');
check(held.failed === 0 && held.held === held.still_pending && held.held > 0, 'nothing failed, nothing was skipped');
remote.apiKey = apiKey;
const resumed = await eventually((sink) => sink.lagEvents === 0 && sink.state === 'active');
check(resumed.state === 'active', 'once the key counts again delivery goes on by itself');

console.log('\nThe key is rotated for good; the application is restarted with the new one.');
remote.apiKey = 'iml_live_rotated9876543210';
await drive(2);
await app.close();
({ app, audit, client } = await start());
await drive(1);
const last = await audit.flushPending();
console.log(`flushPending()\n${formatFlush(last)}\n`);
check(last.still_pending === 0 && last.failed === 0, 'what had waited for the old key went out with the new one');

chapter('6. In the end');
const everything = await trail();
const named = (action: string) => everything.filter(({ record }) => record.action === action).length;
check(sameIds(everything), `the remote has each of the ${everything.length} events exactly once`);
check(remote.contradicted.length === 0, 'no event ever came with other bytes');
check(named('audit.delivery_held') > 0 && named('audit.delivery_resumed') > 0, 'being held is in the trail itself');
check(answers.good === answers.total, `all of ${answers.total} requests were answered as without delivery`);
check((await audit.verify({ all: true })).valid, 'the log verifies');

await app.close();
await remote.down();
rmSync(folder, { recursive: true });
console.log(failures.length === 0 ? '\nEverything held.' : `\n${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function start() {
  const application = await NestFactory.create(DeliveredBillingModule.with(path, remote), { logger: false });
  await application.listen(0, '127.0.0.1');
  const url = await application.getUrl();
  return {
    app: application,
    audit: application.get(AuditService),
    client: await BillingClient.login(url, alice.email, alice.password),
  };
}

/** Invoices that are made, read and paid. */
async function drive(invoices: number): Promise<void> {
  const headers = { 'x-audit-trail': 'invoices-2026' };
  for (let n = 0; n < invoices; n++) {
    const number = `2026-${++round}`;
    const made = await client.send('POST', '/invoices', { number, customer: 'Initech', amount: 12_500 }, headers);
    const read = await client.send('GET', `/invoices/${made.body.id}`, undefined, headers);
    const paid = await client.send('POST', `/invoices/${made.body.id}/pay`, {}, headers);
    for (const { status } of [made, read, paid]) {
      answers.total++;
      if (status < 300) answers.good++;
    }
  }
  await audit.whenIdle();
}

async function trail(): Promise<readonly AuditEntry[]> {
  return (await audit.find({ limit: 1000, order: 'oldest' })).items;
}

function isComplete({ flushed, failed, still_pending, stillPending, total }: FlushResult): boolean {
  return flushed + failed + still_pending === total && still_pending === stillPending;
}

/** In order, as long as nothing had to be driven again. */
function agrees(all: readonly AuditEntry[]): boolean {
  return all.every(({ record }, i) => remote.kept[i]?.id === record.id) && remote.kept.length === all.length;
}

function sameIds(all: readonly AuditEntry[]): boolean {
  const ids = new Set(remote.kept.map(({ id }) => id));
  return ids.size === remote.kept.length && ids.size === all.length && all.every(({ record }) => ids.has(record.id));
}

async function eventually(holds: (sink: SinkStatus) => boolean): Promise<SinkStatus> {
  for (const end = Date.now() + 15_000; ; await delay(50)) {
    const [sink] = await audit.sinks();
    if (holds(sink) || Date.now() > end) return sink;
  }
}
