import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditService } from 'nestjs-audit-trail';
import { editOneRow } from './drive/tamper.js';
import { driveTraffic, PLANTED_SECRETS } from './drive/traffic.js';
import { formatTrail } from './drive/trail-table.js';

/*
 * The whole story in one go, `npm run sample`: start on a free port with SQLite, drive the API over real HTTP, show the
 * trail, verify it, change one row of a copy by SQL and see it named. Exits 0 only if all of that held.
 */
const folder = mkdtempSync(join(tmpdir(), 'billing-audit-'));
const log = join(folder, 'audit.sqlite');
process.env.AUDIT_STORAGE_PATH = log;
const failures: string[] = [];
const check = (held: boolean, what: string) => {
  console.log(`${held ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!held) failures.push(what);
};

const { AppModule } = await import('./app.module.js');
// Expected failures of the billing API are part of the story; they need not be printed as errors.
const app = await NestFactory.create(AppModule, { logger: ['fatal'] });
await app.listen(0, '127.0.0.1');
const audit = app.get(AuditService);

const requests = await driveTraffic(await app.getUrl());
await audit.whenIdle();

const { items } = await audit.find({ limit: 1000, order: 'oldest' });
const ofRequests = items.filter(({ record }) => record.http);
console.log(
  `${formatTrail(items.slice(0, 24))}\n… ${Math.max(0, items.length - 36)} more …\n${formatTrail(items.slice(-12))}\n`,
);
console.log(
  `One event in full:\n${JSON.stringify({ ...items[8].record, sectionValues: items[8].sections }, null, 2)}\n`,
);

const result = await audit.verify({ all: true });
console.log(`Verification: ${JSON.stringify({ ...result, findings: result.findings.length })}\n`);
check(result.valid, 'the untouched log verifies');
check(ofRequests.length === requests, `one event a request: ${requests} requests, ${ofRequests.length} events`);
check(
  ['success', 'failure', 'denied'].every((outcome) => items.some(({ record }) => record.outcome === outcome)),
  'success, failure and denial are all there',
);
check(
  items.some(({ record }) => record.http?.aborted),
  'a caller that hung up is recorded as aborted',
);
await app.close();

const bytes = readFileSync(log).toString('latin1');
check(
  PLANTED_SECRETS.every((secret) => !bytes.includes(secret)),
  'no planted secret is anywhere in the database file',
);

const copy = join(folder, 'copy.sqlite');
const edited = editOneRow(log, copy);
const forged = await verifyFile(copy);
console.log(
  `\nRow ${edited} of a copy edited by SQL: ${JSON.stringify({ ...forged, findings: forged.findings.length })}\n`,
);
check(!forged.valid && forged.errorIndex === edited, `the verifier names row ${edited} of the edited copy`);

rmSync(folder, { recursive: true });
console.log(failures.length === 0 ? '\nEverything held.' : `\n${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function verifyFile(path: string) {
  const context = await NestFactory.createApplicationContext(
    AuditModule.forRoot({ storage: { path, migrate: false } }),
    { logger: ['fatal'] },
  );
  const verdict = await context.get(AuditService).verify({ all: true });
  await context.close();
  return verdict;
}
