// Events as a small application makes them: about 500 bytes of record and 400 of sections.
import { EventBuilder } from '../../dist/esm/event/event-builder.js';
import { Ledger } from '../../dist/esm/ledger/ledger.js';
import { Redactor } from '../../dist/esm/redaction/redactor.js';

const builder = new EventBuilder({
  service: { name: 'billing-api', version: '1.4.0', instance: 'host:1:2:0a0b0c0d' },
  sanitizer: new Redactor(),
});

export function sampleEvent(n) {
  return builder.build({
    action: 'invoice.create',
    actor: { id: `user_${n % 500}`, type: 'user', authMethod: 'jwt', email: 'a@example.com', roles: ['user'] },
    tenant: { id: 't_1', slug: 'acme' },
    resource: { type: 'invoice', id: `inv_${n}` },
    context: { requestId: `0193f0a0-1111-7111-8111-${String(n).padStart(12, '0')}`, correlationId: `cor_${n}` },
    http: { method: 'POST', path: `/invoices/inv_${n}`, route: '/invoices/:id', status: 201, durationMs: 12.437 },
    client: { ip: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36' },
    request: { body: { number: `2026-${n}`, customer: { id: 'cus_81723', country: 'DE' }, note: 'before noon' } },
  });
}

/** Seals and stores events up to that size of the log. @returns microseconds an event, for the last 10,000 of them */
export async function fillTo(storage, size) {
  const ledger = new Ledger(storage.ledger);
  const { size: from } = await storage.ledger.readHead();
  const timedFrom = Math.max(from, size - 10_000);
  await append(ledger, from, timedFrom);
  const begin = performance.now();
  await append(ledger, timedFrom, size);
  return ((performance.now() - begin) * 1000) / (size - timedFrom);
}

async function append(ledger, from, to) {
  for (let n = from; n < to; n += 1000) {
    await ledger.append(Array.from({ length: Math.min(1000, to - n) }, (_, i) => sampleEvent(n + i)));
  }
}
