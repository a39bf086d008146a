import type { AuditEvent } from '../../lib/event/audit-event.interface.js';
import { EventBuilder } from '../../lib/event/event-builder.js';
import { Ledger } from '../../lib/ledger/ledger.js';
import type { LedgerOptions } from '../../lib/ledger/ledger.js';
import type { LedgerStore } from '../../lib/ledger/ledger-store.port.js';
import type { SealReceipt } from '../../lib/ledger/seal-receipt.interface.js';
import { Redactor } from '../../lib/redaction/redactor.js';

const redactor = new Redactor();

/** Builds and seals events as the product does, one after the other or in batches. */
export class LogAuthor {
  private readonly builder: EventBuilder;
  private readonly ledger: Ledger;

  constructor(store: LedgerStore, options: LedgerOptions = {}) {
    this.builder = new EventBuilder({
      service: { name: 'billing-api', version: '1.4.0', instance: 'host:1:2:0a0b0c0d' },
      sanitizer: redactor,
    });
    this.ledger = new Ledger(store, options);
  }

  seal(events: readonly AuditEvent[]): Promise<SealReceipt[]> {
    return this.ledger.append(events.map((event) => this.builder.build(event)));
  }
}

/** Events of every kind in turn: with all fields and with none, with sections, in two streams, in many scripts. */
export function variedEvents(count: number, from = 0): AuditEvent[] {
  return Array.from({ length: count }, (_, n) => KINDS[(n + from) % KINDS.length](n + from));
}

const KINDS: readonly ((n: number) => AuditEvent)[] = [
  (n) => ({ action: 'invoice.read', metadata: { n } }),
  (n) => ({
    action: 'invoice.delete',
    outcome: 'denied',
    severity: 'warning',
    actor: {
      id: `user_${n}`,
      type: 'user',
      authMethod: 'jwt',
      roles: ['admin', 'bücher'],
      privileged: true,
      onBehalfOf: { id: 'user_0', type: 'user' },
      claimedId: 'someone',
      claimReason: 'expired',
      email: 'alice@example.com',
      name: 'Alice',
    },
    tenant: { id: 't_1', slug: 'acme' },
    resource: { type: 'invoice', id: `inv_${n}` },
    reason: { code: 'forbidden', text: 'not hers' },
    context: {
      requestId: `req_${n}`,
      claimedRequestId: 'x y',
      correlationId: `cor_${n}`,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sessionId: '0123456789abcdef',
      transactionId: 'tx',
      causationId: 'cause',
      trail: 'trail',
    },
    http: {
      method: 'DELETE',
      path: `/invoices/inv_${n}`,
      route: '/invoices/:id',
      status: 403,
      durationMs: 12.437,
      requestBytes: 12,
      responseBytes: 0,
      aborted: true,
      changes: 2,
    },
    flags: ['bulk'],
    client: { ip: '192.0.2.7', userAgent: 'curl/8' },
    request: { body: { amount: 12, note: 'größer "als" \\ sonst\n', 10: 'ten', 9: 'nine' } },
    response: { status: 403 },
    changes: [{ path: 'amount', old: 1, new: 2 }],
    error: Object.assign(new Error('no'), { code: 'E_NO' }),
  }),
  (n) => ({
    action: 'наклад​ная.създаване',
    stream: 'tenant:t_2',
    tenant: { id: 't_2' },
    metadata: { 名前: '😂 ﬀ', n },
  }),
  (n) => ({ action: 'job.run', actor: { type: 'service', id: `job "${n}" \\` }, resource: { type: 'job' } }),
];
