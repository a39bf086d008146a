// Cost of turning a request into sealable text on the request's thread, and of sealing it on the other.
//   npm run build && node bench/micro/event-builder.mjs
import { canonicalize } from '../../dist/esm/event/canonical.js';
import { EventBuilder } from '../../dist/esm/event/event-builder.js';
import { SafeJson } from '../../dist/esm/event/safe-json.js';
import { CompactRange } from '../../dist/esm/ledger/merkle/index.js';
import { commitEvent, EMPTY_HEAD, sealBatch } from '../../dist/esm/ledger/sealing/batch-sealer.js';
import { Redactor } from '../../dist/esm/redaction/redactor.js';

const redactor = new Redactor();
const builder = new EventBuilder({
  service: { name: 'billing-api', version: '1.4.0', instance: 'host:1:deadbeef' },
  sanitizer: redactor,
});
const body = {
  number: '2026-0001',
  customer: { id: 'cus_81723', name: 'Initech', country: 'DE' },
  lines: [
    { sku: 'A-1', quantity: 3, price: 1299 },
    { sku: 'B-7', quantity: 1, price: 24900 },
  ],
  note: 'please deliver before noon',
  dueInDays: 30,
};
let n = 0;
const event = () => {
  const requestId = `0193f0a0-1111-7111-8111-${String(n++).padStart(12, '0')}`;
  return {
    action: 'invoice.create',
    outcome: 'success',
    severity: 'success',
    actor: { id: 'user_123', type: 'user', authMethod: 'jwt', email: 'a@example.com', roles: ['user'] },
    tenant: { id: 't_1', slug: 'acme' },
    resource: { type: 'invoice', id: 'inv_987' },
    context: { requestId, correlationId: requestId },
    http: {
      method: 'POST',
      path: '/invoices/inv_987',
      route: '/invoices/:id',
      status: 201,
      durationMs: 3.2123,
      requestBytes: 300,
    },
    client: { ip: '127.0.0.1', userAgent: 'autocannon/8' },
    request: {
      body: new SafeJson(canonicalize(redactor.sanitize(body, 'request.body').value)),
      headers: { 'content-type': 'application/json' },
      params: { id: 'inv_987' },
    },
  };
};

function time(name, count, work) {
  const samples = [];
  for (let i = 0; i < count / 4; i++) work();
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < count; i++) work();
    samples.push(((performance.now() - start) / count) * 1000);
  }
  return { step: name, µs: Number(samples.sort((a, b) => a - b)[2].toFixed(2)) };
}

const batch = Array.from({ length: 500 }, () => builder.build(event()));
const seal = () =>
  sealBatch(
    batch.map(commitEvent),
    { head: EMPTY_HEAD, range: new CompactRange(), streams: new Map() },
    { algorithm: 'sha256' },
  );
const sealing = time('commit + seal (a batch of 500, an event)', 40, seal);
console.table([
  time('body: sanitise + canonicalise', 50_000, () => canonicalize(redactor.sanitize(body, 'request.body').value)),
  time('JSON.stringify + JSON.parse of the body (floor)', 50_000, () => JSON.parse(JSON.stringify(body))),
  time('whole event: describe + body + build', 50_000, () => builder.build(event())),
  { ...sealing, µs: sealing['µs'] / 500 },
]);
