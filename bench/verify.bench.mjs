// Verification against its floor (reading the same rows, JSON.parse and SHA-256 of each record), at growing sizes of the log:
// cost per event, resident memory, an incremental run over one percent that is new, and inclusion proofs, with the reads
// of both counted.
//   npm run build && node bench/verify.bench.mjs [--events 10000,100000] [--rounds 3] [--proofs 50]
//     [--stores sqlite,postgres] [--json file]
// PostgreSQL is the one of BENCH_POSTGRES_URL, in a schema of its own that is dropped afterwards.
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventProver } from '../dist/esm/verification/checkpoints/event-prover.js';
import { AuditVerifier } from '../dist/esm/verification/history/audit-verifier.js';
import { FileVerifierStateStore } from '../dist/esm/verification/history/file.verifier-state-store.js';
import { formatCheckpoint } from '../dist/esm/verification/notes/checkpoint.js';
import { generatePrivateKey, parsePrivateKey } from '../dist/esm/verification/notes/private-key.js';
import { signNoteAsync } from '../dist/esm/verification/notes/sign-note.js';
import { Verifier } from '../dist/esm/verification/verifier/verifier.js';
import { openPlace } from './support/places.mjs';
import { fillTo } from './support/sample-events.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000,100000' },
    rounds: { type: 'string', default: '3' },
    proofs: { type: 'string', default: '50' },
    stores: { type: 'string', default: process.env.BENCH_POSTGRES_URL ? 'sqlite,postgres' : 'sqlite' },
    json: { type: 'string' },
  },
});
const PAGE = 500;
const ORIGIN = 'example.com/bench';
const key = parsePrivateKey(generatePrivateKey(ORIGIN).privateKey);
const folder = mkdtempSync(join(tmpdir(), 'audit-verify-'));

const perEvent = (seconds, events) => Number(((seconds / events) * 1e6).toFixed(2));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function timed(work) {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1000, cpu: (user + system) / 1e6, result };
}

async function floor({ ledger }) {
  let from = 0;
  let seen = 0;
  for (;;) {
    const rows = await ledger.readRange(from, PAGE);
    if (rows.length === 0) return seen;
    for (const { record } of rows) {
      if (JSON.parse(record).v === 1 && hash('sha256', record, 'hex').length === 64) seen++;
    }
    from = rows.at(-1).logIndex + 1;
  }
}

async function verify({ ledger }, size) {
  const samples = [];
  const onProgress = ({ checked }) => checked % 10_000 < PAGE && samples.push(process.memoryUsage.rss());
  const result = await new Verifier(ledger).verify({ onProgress });
  if (!result.valid || result.totalEvents !== size) throw new Error(JSON.stringify(result, null, 2));
  return samples;
}

/** Counts what is read through it: calls, and rows that came back. */
function counted(target, counts) {
  return new Proxy(target, {
    get(object, name) {
      const member = object[name];
      if (typeof member !== 'function') return member;
      return async (...args) => {
        const answer = await member.apply(object, args);
        counts.calls++;
        counts.rows += Array.isArray(answer) ? answer.length : answer === null || answer === undefined ? 0 : 1;
        return answer;
      };
    },
  });
}

/** Reads only what is new; whatever is read of the records is counted. */
async function verifyIncrementally({ ledger }, state) {
  let read = 0;
  const log = new Proxy(ledger, {
    get(object, name) {
      if (name !== 'readRange') return typeof object[name] === 'function' ? object[name].bind(object) : object[name];
      return async (from, limit) => {
        const rows = await object.readRange(from, limit);
        read += rows.length;
        return rows;
      };
    },
  });
  const verifier = new AuditVerifier({ log, state: new FileVerifierStateStore(state) });
  const { seconds, result } = await timed(() => verifier.verify({ rolling: 0 }));
  if (!result.valid) throw new Error(JSON.stringify(result, null, 2));
  return { seconds, read };
}

async function publishCheckpoint({ ledger, checkpoints }) {
  const { size, root } = await ledger.readHead();
  const text = formatCheckpoint({ origin: ORIGIN, size: BigInt(size), root: Buffer.from(root, 'hex') });
  const note = await signNoteAsync(text, [key]);
  await checkpoints.insert({ size, root, note, createdAt: '2026-01-01T00:00:00.000000Z', anchoredAt: null });
  return size;
}

/** Proofs of random events: how much is read for one, and how long it takes. Tiles are caught up before, and timed. */
async function prove(storage) {
  const size = await publishCheckpoint(storage);
  const counts = { calls: 0, rows: 0 };
  const { ledger, tiles, checkpoints } = storage;
  const prover = new EventProver({
    log: counted(ledger, counts),
    tiles: counted(tiles, counts),
    checkpoints: counted(checkpoints, counts),
  });
  const catchUp = await timed(() => prover.tiles.catchUp());
  const most = { calls: 0, rows: 0 };
  const times = [];
  for (let n = 0; n < Number(values.proofs); n++) {
    const [{ eventId }] = await ledger.readRange(Math.floor(Math.random() * size), 1);
    Object.assign(counts, { calls: 0, rows: 0 });
    times.push((await timed(() => prover.prove(eventId))).seconds);
    most.calls = Math.max(most.calls, counts.calls);
    most.rows = Math.max(most.rows, counts.rows);
  }
  return { catchUp: catchUp.seconds, milliseconds: median(times) * 1000, ...most };
}

const report = [];
for (const store of values.stores.split(',')) {
  const place = await openPlace(store);
  const { storage } = place;
  const state = join(folder, `${store}.state.json`);
  for (const events of values.events.split(',').map(Number)) {
    const append = await fillTo(storage, events);
    const floors = [];
    const verifications = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      // Alternating, so that a busy machine is unfair to both.
      floors.push(await timed(() => floor(storage)));
      verifications.push(await timed(() => verify(storage, events)));
    }
    const ratio = (of) => Number(median(verifications.map((one, round) => one[of] / floors[round][of])).toFixed(2));
    const seconds = (runs) => median(runs.map((run) => run.seconds));
    const samples = verifications.at(-1).result;
    const first = await verifyIncrementally(storage, state);
    const added = Math.ceil(events / 100);
    await fillTo(storage, events + added);
    const second = await verifyIncrementally(storage, state);
    const proof = await prove(storage);
    const megabytes = samples.map((bytes) => Math.round(bytes / 2 ** 20));
    report.push({
      store,
      events,
      'build, seal, store µs/event': Number(append.toFixed(1)),
      'floor µs/event': perEvent(seconds(floors), events),
      'verify µs/event': perEvent(seconds(verifications), events),
      'verify / floor': ratio('seconds'),
      // What other processes do to the machine is not in it.
      'verify / floor, CPU': ratio('cpu'),
      'RSS MB at 1/4, 2/4, 3/4, end': [1, 2, 3, 4]
        .map((k) => megabytes[Math.ceil((megabytes.length * k) / 4) - 1])
        .join(', '),
      'first run: records read': first.read,
      new: added,
      'second run: records read': second.read,
      'second run ms': Math.round(second.seconds * 1000),
      'tiles made in s': Number(proof.catchUp.toFixed(2)),
      'proof: reads at most': proof.calls,
      'proof: rows at most': proof.rows,
      'proof ms': Number(proof.milliseconds.toFixed(2)),
    });
    const { store: _, events: __, ...rest } = report.at(-1);
    console.log(`\n${store}, ${events} events; median of ${values.rounds} rounds`);
    console.table(Object.entries(rest).map(([figure, value]) => ({ figure, value })));
  }
  await place.drop();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
rmSync(folder, { recursive: true, force: true });
