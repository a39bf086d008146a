// A remote that is down for a whole run of real HTTP requests: what it costs each request, as a ratio to mode `local`,
// what it costs in memory, and whether everything is there, once, after it came back.
//   npm run build && node bench/delivery-outage.bench.mjs [--requests 10000] [--rounds 3] [--down refuse,hang] [--json file]
// `refuse`: nobody listens. `hang`: connections are taken and never answered. Application and load generator run in
// processes of their own.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
    down: { type: 'string', default: 'refuse,hang' },
    json: { type: 'string' },
  },
});
const REQUESTS = Number(values.requests);
const folder = mkdtempSync(join(tmpdir(), 'audit-bench-outage-'));
let files = 0;

/** What ImmutableLog says; remembers how often each key arrived. */
class Remote {
  arrivals = new Map();
  sockets = new Set();
  isHanging = false;
  port = 0;

  constructor() {
    this.server = createServer((request, response) => {
      if (this.isHanging) return;
      const key = request.headers['idempotency-key'];
      const duplicate = this.arrivals.has(key);
      this.arrivals.set(key, (this.arrivals.get(key) ?? 0) + 1);
      request.resume().on('end', () => {
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ ok: true, tx_id: `tx_${key}`, status: 'accepted', duplicate }));
      });
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    });
  }

  async up() {
    this.isHanging = false;
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) await this.listen();
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
  }

  async down(how) {
    this.isHanging = how === 'hang';
    if (how === 'refuse') await this.close();
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function run(mode, down) {
  const remote = new Remote();
  await remote.listen();
  if (down) await remote.down(down);
  const script = new URL('./delivery/outage-server.mjs', import.meta.url).pathname;
  const args = [mode, join(folder, `${files++}.sqlite`), `http://127.0.0.1:${remote.port}`];
  const server = fork(script, args, { execArgv: ['--expose-gc'] });
  const message = () => new Promise((resolve) => server.once('message', resolve));
  const ask = async (question) => {
    const answered = message();
    server.send(question);
    return (await answered).answer;
  };
  const { port } = await Promise.race([message(), failed(server)]);
  const load = (amount) =>
    autocannon({
      url: `http://127.0.0.1:${port}/invoices/inv_987`,
      method: 'POST',
      amount,
      connections: Number(values.connections),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ number: '2026-0001', note: 'please deliver before noon' }),
    });
  await load(1000);
  const { latency, non2xx, errors } = await load(REQUESTS);
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} requests failed`);
  const { stats, heapUsed, peakRss } = await ask('sealed');
  let delivered = null;
  if (down) {
    await remote.up();
    const flush = await ask('flush');
    const more = [...remote.arrivals.values()].filter((times) => times > 1).length;
    delivered = { ...flush, arrived: remote.arrivals.size, more };
  }
  await ask('stop');
  if (remote.server.listening) await remote.close();
  return { mean: latency.mean, p99: latency.p99, stats, heapUsed, peakRss, delivered };
}

function failed(server) {
  return new Promise((_, reject) => {
    server.once('exit', (code) => code && reject(new Error(`The application ended with ${code}.`)));
  });
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const kinds = [['local', 'local', null], ...values.down.split(',').map((down) => [`down: ${down}`, 'hybrid', down])];
const runs = new Map(kinds.map(([name]) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, mode, down] of kinds) runs.get(name).push(await run(mode, down));
}
const MIB = 1024 * 1024;
const of = (name, field) => median(runs.get(name).map((one) => one[field]));
console.log(`${REQUESTS} requests a run, ${values.connections} at a time, median of ${values.rounds} rounds`);
console.table(
  kinds.map(([name]) => ({
    remote: name,
    'mean ms': of(name, 'mean').toFixed(2),
    'mean ÷ local': (of(name, 'mean') / of('local', 'mean')).toFixed(2),
    'p99 ms': of(name, 'p99'),
    'p99 ÷ local': (of(name, 'p99') / of('local', 'p99')).toFixed(2),
    'heap MiB': (of(name, 'heapUsed') / MIB).toFixed(1),
    'peak RSS MiB': (of(name, 'peakRss') / MIB).toFixed(0),
  })),
);
for (const [name] of kinds.slice(1)) {
  for (const { stats, delivered } of runs.get(name)) {
    const { flushed, failed, still_pending, arrived, more } = delivered;
    console.log(
      `${name}: sealed ${stats.sealed}, lost ${stats.lost}; back up: flushed ${flushed}, failed ${failed}, still pending ${still_pending}; ` +
        `at the remote ${arrived} events, ${more} of them more than once`,
    );
    if (arrived !== stats.sealed || failed + still_pending + more > 0) process.exitCode = 1;
  }
}
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ ...values, runs: Object.fromEntries(runs) }, null, 2)}\n`);
rmSync(folder, { recursive: true, force: true });
