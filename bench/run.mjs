// Runs the benchmarks one after the other and writes what they measured into one JSON file.
//   npm run bench -- [--only http,store,latency,verify,delivery,outage,changes] [--quick] [--million] [--json bench-results.json]
// PostgreSQL is the one of BENCH_POSTGRES_URL (it may create and drop schemas there); without it those variants are left out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    json: { type: 'string', default: 'bench-results.json' },
  },
});
const postgres = Boolean(process.env.BENCH_POSTGRES_URL);
const stores = (...names) => names.filter((name) => name !== 'postgres' || postgres).join(',');

/** Each with what it measures, its arguments, and those that make it short. */
const BENCHMARKS = {
  http: {
    about: 'an application with and without the trail, and with pino-http',
    file: 'http/http.bench.mjs',
    args: ['--variants', stores('bare', 'pino', 'sqlite', 'postgres')],
    quick: ['--seconds', '2', '--rounds', '1'],
  },
  store: {
    about: 'appending, next to the raw driver',
    file: 'store.bench.mjs',
    args: ['--stores', stores('sqlite', 'file', 'postgres')],
    quick: ['--events', '5000', '--rounds', '1'],
  },
  latency: {
    about: 'one event until it is sealed, next to a raw insert',
    file: 'latency.bench.mjs',
    args: ['--stores', stores('sqlite', 'postgres')],
    quick: ['--events', '100'],
  },
  verify: {
    about: 'verification next to its floor, memory, incremental runs, proofs, at growing sizes',
    file: 'verify.bench.mjs',
    args: ['--stores', stores('sqlite', 'postgres'), ...(values.million ? ['--events', '10000,100000,1000000'] : [])],
    quick: ['--events', '10000', '--rounds', '1', '--proofs', '10'],
  },
  delivery: {
    about: 'each sink, next to a bare client that sends the same bytes',
    file: 'delivery.bench.mjs',
    args: ['--storage', stores('sqlite', 'postgres')],
    quick: ['--events', '5000', '--rounds', '1'],
  },
  outage: {
    about: 'requests while the remote is down, next to mode local',
    file: 'delivery-outage.bench.mjs',
    args: [],
    quick: ['--requests', '1000', '--rounds', '1'],
  },
  changes: {
    about: 'transactions with and without the recording of entity changes',
    file: 'changes.bench.mjs',
    args: ['--stores', stores('sqlite', 'postgres')],
    quick: ['--rounds', '2'],
  },
};

const chosen = values.only?.split(',') ?? Object.keys(BENCHMARKS);
const unknown = chosen.find((name) => !(name in BENCHMARKS));
if (unknown !== undefined) {
  console.error(`There is no benchmark "${unknown}". There are: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
if (!postgres) {
  console.log('PostgreSQL is left out: set BENCH_POSTGRES_URL to a server that may be written to.');
}

const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
const results = {};
const failed = [];
for (const name of chosen) {
  const { about, file, args, quick } = BENCHMARKS[name];
  console.log(`\n${name}: ${about}`);
  const json = join(folder, `${name}.json`);
  const script = join(import.meta.dirname, file);
  const { status } = spawnSync(process.execPath, [script, ...args, ...(values.quick ? quick : []), '--json', json], {
    stdio: 'inherit',
  });
  if (status === 0) results[name] = JSON.parse(readFileSync(json, 'utf8'));
  else failed.push(name);
}
rmSync(folder, { recursive: true, force: true });

const surroundings = {
  at: new Date().toISOString(),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  processors: cpus().length,
  memoryMB: Math.round(totalmem() / 2 ** 20),
  postgres,
  quick: values.quick,
};
writeFileSync(values.json, `${JSON.stringify({ surroundings, results, failed }, null, 2)}\n`);
console.log(`\nWritten to ${values.json}. Figures of a busy machine mean little; ratios within one run mean more.`);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}.`);
  process.exit(1);
}
