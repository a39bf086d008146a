/**
 * What canonical JSON costs against a bare `JSON.stringify`, and what the Merkle hashes cost, on an event of about 450
 * bytes. Run after a build: `node bench/micro/canonical.mjs [path of the compiled library]`.
 * Read the ratios, not the figures.
 */
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const dist = process.argv[2] ?? resolve(import.meta.dirname, '../../dist/esm');
const load = (file) => import(pathToFileURL(resolve(dist, file)).href);
const { canonicalize } = await load('event/canonical.js');
const { leafHash, streamedLeafHash, nodeHash } = await load('ledger/merkle/tree-hash.js');
const { CompactRange } = await load('ledger/merkle/compact-range.js');

const ROUNDS = 7;
const CALLS = 60_000;
const SAMPLES = 512;

const event = (index) => ({
  action: 'invoice.delete',
  actor: { authMethod: 'jwt', id: `user_${index}`, type: 'user' },
  context: { correlationId: `c-${index}-8a1f`, requestId: `r-${index}-77b2` },
  http: {
    durationMs: 12.4 + index,
    method: 'DELETE',
    path: `/invoices/inv_${index}`,
    route: '/invoices/:id',
    status: 200,
  },
  id: `0193a5f0-7c1e-7d3a-9b4e-${String(index).padStart(12, '0')}`,
  occurredAt: '2026-11-21T20:44:00.123456Z',
  outcome: 'success',
  resource: { id: `inv_${index}`, type: 'invoice' },
  sequence: index,
  severity: 'info',
  stream: 'main',
});

const events = Array.from({ length: SAMPLES }, (_, index) => event(index));
const records = events.map((one) => canonicalize(one));
const bytes = records.map((record) => Buffer.from(record));
const hashes = records.map((record) => leafHash(record));
const range = new CompactRange();

const contenders = {
  'JSON.stringify': (index) => JSON.stringify(events[index]),
  canonicalize: (index) => canonicalize(events[index]),
  'JSON round trip, then canonicalize': (index) => canonicalize(JSON.parse(JSON.stringify(events[index]))),
  'leafHash of text': (index) => leafHash(records[index]),
  'leafHash of bytes': (index) => leafHash(bytes[index]),
  'streamedLeafHash of bytes': (index) => streamedLeafHash(bytes[index]),
  nodeHash: (index) => nodeHash(hashes[index], hashes[index]),
  'CompactRange.append': (index) => range.append(hashes[index]),
};

const best = Object.fromEntries(Object.keys(contenders).map((name) => [name, Infinity]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) run(call % SAMPLES);
    best[name] = Math.min(best[name], Number(process.hrtime.bigint() - start) / CALLS);
  }
}

console.log(`event of ${bytes[0].length} bytes; best of ${ROUNDS} rounds of ${CALLS} calls`);
for (const [name, nanoseconds] of Object.entries(best)) {
  const ratio = nanoseconds / best['JSON.stringify'];
  console.log(`${name.padEnd(36)} ${nanoseconds.toFixed(0).padStart(6)} ns  ${ratio.toFixed(2)} x JSON.stringify`);
}
