import 'reflect-metadata';
import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AuditService } from 'nestjs-audit-trail';
import type { AuditEntry, RowChange } from 'nestjs-audit-trail';
import { DataSource } from 'typeorm';
import { send } from './drive/clerk.js';
import { attachTriggers, correctByHand, ownSchema } from './drive/postgres.js';
import { formatHistory } from './drive/print-history.js';

/*
 * The life of an invoice, `npm run sample:04`: created, edited, discounted with others, in a payment that fails, paid,
 * deleted with its lines. Then its history is read back from the trail. Exits 0 only if all of it held.
 *
 * With BILLING_POSTGRES_URL all of it happens in a schema of its own on that PostgreSQL, and somebody corrects an amount
 * by raw SQL, past the application.
 */
const folder = mkdtempSync(join(tmpdir(), 'billing-changes-'));
process.env.BILLING_SQLITE_PATH = join(folder, 'billing.sqlite');
const schema = process.env.BILLING_POSTGRES_URL ? await ownSchema(process.env.BILLING_POSTGRES_URL) : undefined;
if (schema) process.env.BILLING_POSTGRES_URL = schema.url;
const failures: string[] = [];
const check = (held: boolean, what: string) => {
  console.log(`${held ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!held) failures.push(what);
};

const { AppModule, billing } = await import('./app.module.js');
if (schema) await attachTriggers(billing);
const { Invoice } = await import('./invoices/invoice.entity.js');
const app = await NestFactory.create(AppModule, { logger: ['fatal'] });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const audit = app.get(AuditService);
const invoices = app.get(DataSource).getRepository(Invoice);
const id = `inv_${Date.now()}`;

const create = (invoiceId: string) => ({
  id: invoiceId,
  customer: 'Initech',
  amount: 12_500,
  terms: { days: 30 },
  iban: 'DE02120300000000202051',
  lines: [
    { id: `${invoiceId}/1`, text: 'Consulting', price: 10_000 },
    { id: `${invoiceId}/2`, text: 'Travel', price: 2_500 },
  ],
});
await send(url, 'alice', 'POST', '/invoices', create(id));
await send(url, 'alice', 'POST', '/invoices', create(`${id}b`));
await send(url, 'bob', 'PATCH', `/invoices/${id}`, {
  terms: { days: 14, rebate: 2 },
  iban: 'DE75512108001245126199',
  because: 'agreed on the phone',
});
await send(url, 'bob', 'POST', '/invoices/discount', { customer: 'Initech', cents: 500 });
const refused = await send(url, 'bob', 'POST', `/invoices/${id}/pay`, { funded: false });
await send(url, 'bob', 'POST', `/invoices/${id}/pay`, { funded: true });
if (schema) await correctByHand(schema.url, `UPDATE invoice SET amount = amount - 1 WHERE id = '${id}'`);
const beforeDeletion = new Date();
const lastSeen = await invoices.findOneByOrFail({ id });
await new Promise((resolve) => setTimeout(resolve, 5));
await send(url, 'alice', 'DELETE', `/invoices/${id}`);
await audit.whenIdle();

const steps: RowChange[] = [];
for await (const step of audit.history('invoice', id)) steps.push(step);
console.log(`History of invoice ${id}\n\n${formatHistory(steps)}\n`);

const { state, complete, lastChange } = await audit.stateAt('invoice', id, beforeDeletion);
console.log(`The invoice as it was before it was deleted:\n${JSON.stringify(state, null, 2)}\n`);

const everything: AuditEntry[] = [];
for await (const entry of audit.stream({ order: 'oldest' })) everything.push(entry);
const named = (action: string) => everything.filter(({ record }) => record.action === action);

check(
  isDeepStrictEqual(
    steps.map(({ kind, actor }) => `${kind} by ${actor.id}`),
    [
      'create by u_alice',
      'update by u_bob',
      'update by u_bob',
      'update by u_bob',
      ...(schema ? ['update by undefined'] : []),
      'delete by u_alice',
    ],
  ),
  'every change of the invoice is there, in order, with who made it',
);
check(steps[1]?.reason?.text === 'agreed on the phone', 'the edit has its reason');
check(
  isDeepStrictEqual(steps[2]?.changes, [{ path: 'amount', old: 12_500, new: 12_000 }]),
  'the discount of many rows in one statement has before and after of each',
);
check(
  named('invoice.update').filter(
    ({ record }) => !record.http && record.context?.transactionId === steps[2]?.context.transactionId,
  ).length === 2,
  'the discount is one transaction with one event a row',
);
check(refused === 409 && named('payment.booked').length === 1, 'the payment that was rolled back left nothing');
const lines = named('invoice_line.delete');
// A trigger sees a row, not what made it go.
const explained = lines.filter(({ sections }) => schema || JSON.stringify(sections.metadata ?? null).includes('cause'));
check(
  explained.length === 2,
  `the lines that the database deleted with the invoice are recorded${schema ? '' : ', with the cause'}`,
);
if (schema) {
  const { actor, changes, metadata } = steps[4] ?? {};
  check(
    actor?.type === 'anonymous' &&
      isDeepStrictEqual(changes, [{ path: 'amount', old: 12_000, new: 11_999 }]) &&
      metadata?.applicationName === 'psql' &&
      metadata.databaseRole !== undefined,
    'raw SQL past the application is recorded: anonymous, with the role and the name of the client',
  );
} else {
  console.log('skip  raw SQL past the application: only triggers see it, and only PostgreSQL has them here; give one');
  console.log('      with BILLING_POSTGRES_URL=postgres://… and run this again');
}
check(
  complete &&
    isDeepStrictEqual(
      [state?.amount, state?.status, state?.terms, lastChange?.logIndex],
      [lastSeen.amount, lastSeen.status, lastSeen.terms, steps.at(-2)?.logIndex],
    ),
  'the row of that moment, rebuilt from the trail, is the row that the database had',
);
check((await audit.stateAt('invoice', id, new Date())).state === null, 'now there is no such row');
check(
  !JSON.stringify(everything).includes('DE02120300000000202051') && JSON.stringify(steps).includes('"$redacted"'),
  'that the IBAN changed is recorded, the IBAN is not',
);
check(
  everything.filter(({ record }) => record.http?.changes === 2).length === 1,
  'the event of a request counts its changes',
);
const { accepted, sealed, pending, lost } = audit.stats();
check(accepted === sealed && pending === 0 && lost === 0, 'nothing is lost and nothing waits');
check((await audit.verify({ all: true })).valid, 'the log verifies');

await app.close();
await schema?.drop();
rmSync(folder, { recursive: true });
console.log(failures.length === 0 ? '\nEverything held.' : `\n${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;
