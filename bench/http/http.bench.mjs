// HTTP throughput and latency of one application in several variants, as ratios of one run.
//   node bench/http/http.bench.mjs [--seconds 8] [--rounds 3] [--variants bare,pino,sqlite,postgres] [--json file]
// The server's threads are pinned to one core where `taskset` exists, the load generator to another; PostgreSQL is the
// one of BENCH_POSTGRES_URL.
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import jwt from 'jsonwebtoken';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    variants: { type: 'string', default: 'bare,pino,sqlite,postgres' },
    connections: { type: 'string', default: '32' },
    pin: { type: 'string', default: 'main' },
    json: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
const postgres = process.env.BENCH_POSTGRES_URL;
const canPin = spawnSync('taskset', ['-V']).status === 0 && values.pin !== 'none';
const token = jwt.sign(
  { sub: 'user_123', email: 'a@example.com', roles: ['user'] },
  'bench-secret-bench-secret-bench-secret',
);
const body = JSON.stringify({
  number: '2026-0001',
  customer: { id: 'cus_81723', name: 'Initech', country: 'DE' },
  lines: [
    { sku: 'A-1', quantity: 3, price: 1299 },
    { sku: 'B-7', quantity: 1, price: 24900 },
  ],
  note: 'please deliver before noon',
  dueInDays: 30,
});

/** CPU time of the thread that serves requests, in ticks. */
function cpuTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

async function measure(variant, round) {
  const place =
    variant === 'postgres' ? postgres : join(folder, `${variant}-${round}.${variant === 'pino' ? 'log' : 'sqlite'}`);
  const server = fork(new URL('./server.mjs', import.meta.url).pathname, [variant, place], { stdio: 'inherit' });
  const { port } = await new Promise((resolve, reject) => {
    server.once('message', resolve);
    server.once('exit', (code) => reject(new Error(`${variant} exited with ${code}`)));
  });
  if (canPin) {
    // 'all': every thread on one core; 'main': only the thread that serves requests, as the rest is free on another.
    spawnSync('taskset', [values.pin === 'all' ? '-acp' : '-cp', '0', String(server.pid)]);
    spawnSync('taskset', ['-acp', '1', String(process.pid)]);
  }
  const run = (duration) =>
    autocannon({
      url: `http://127.0.0.1:${port}/invoices/inv_987`,
      method: 'POST',
      connections: Number(values.connections),
      duration,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });
  await run(2);
  const before = cpuTicks(server.pid);
  const result = await run(Number(values.seconds));
  const ticks = cpuTicks(server.pid) - before;
  let audit;
  if (!['bare', 'pino'].includes(variant)) {
    server.send('stats');
    audit = await new Promise((resolve) => server.once('message', resolve));
  }
  server.removeAllListeners('exit');
  server.send('stop');
  await new Promise((resolve) => server.once('exit', resolve));
  return {
    variant,
    rps: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    // Linux counts in hundredths of a second. Unlike throughput this holds on a busy machine too.
    cpu: (ticks * 10_000) / result.requests.total,
    errors: result.non2xx + result.errors,
    audit,
  };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const variants = values.variants.split(',').filter((variant) => {
  if (variant !== 'postgres' || postgres) return true;
  console.log('postgres: skipped, BENCH_POSTGRES_URL is not set');
  return false;
});
const runs = [];
for (let round = 0; round < Number(values.rounds); round++) {
  for (const variant of variants) runs.push(await measure(variant, round));
}
const of = (variant, key) => median(runs.filter((run) => run.variant === variant).map((run) => run[key]));
const table = variants.map((variant) => ({
  variant,
  'req/s': Math.round(of(variant, 'rps')),
  'x bare': Number((of(variant, 'rps') / of('bare', 'rps')).toFixed(3)),
  'CPU µs/req': Number(of(variant, 'cpu').toFixed(1)),
  'CPU x bare': Number((of('bare', 'cpu') / of(variant, 'cpu')).toFixed(3)),
  'p50 ms': of(variant, 'p50'),
  'p99 ms': of(variant, 'p99'),
  lost: runs.filter((run) => run.variant === variant).reduce((sum, run) => sum + (run.audit?.stats.lost ?? 0), 0),
  errors: of(variant, 'errors'),
}));
console.log(`server pinned: ${canPin ? values.pin : 'no'}; ${values.rounds} rounds of ${values.seconds} s, medians`);
console.table(table);
if (values.json) writeFileSync(values.json, JSON.stringify({ table, runs }, null, 2));
rmSync(folder, { recursive: true });
