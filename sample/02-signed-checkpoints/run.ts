import 'reflect-metadata';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { AuditService } from 'nestjs-audit-trail';
import type { AuditModuleOptions } from 'nestjs-audit-trail';
import { driveTraffic } from '../01-billing-api/drive/traffic.js';
import { SignedBillingModule } from './app.module.js';
import { cutTail, rewriteHistory } from './attack.js';
import { auditTrail } from './command-line.js';

/*
 * The story in one go, `npm run sample:02`: the billing API with a signing key, a folder that keeps checkpoints, and the
 * nightly verification made to run at once. Then two attacks by somebody who owns the database: one rewrites the whole
 * chain correctly, one cuts its tail. The chain looks sound after both; the signed checkpoints name both.
 */
const folder = mkdtempSync(join(tmpdir(), 'billing-signed-'));
const at = (name: string) => join(folder, name);
const failures: string[] = [];
const check = (held: boolean, what: string) => {
  console.log(`${held ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!held) failures.push(what);
};

const ORIGIN = 'billing.example.com/audit-log';
const keygen = auditTrail('keygen', ORIGIN, '--out', at('signer.key'), '--json');
const { verifierKey } = JSON.parse(keygen.out) as { verifierKey: string };
console.log(`The verifier key that auditors get:\n  ${verifierKey}\n`);

const options = (path: string): AuditModuleOptions => ({
  service: { name: 'billing-api', version: '1.4.0' },
  storage: { type: 'sqlite', path },
  signing: { origin: ORIGIN, keyFile: at('signer.key'), stateFile: at('signer.state.json') },
  checkpoints: { everyMs: 500, anchors: [{ directory: at('anchor') }] },
  // Every second instead of every night.
  verification: { cron: '* * * * * *', stateFile: at('verifier.state.json') },
});

const app = await NestFactory.create(SignedBillingModule.with(options(at('audit.sqlite'))), { logger: ['fatal'] });
await app.listen(0, '127.0.0.1');
const audit = app.get(AuditService);
await driveTraffic(await app.getUrl());
await audit.whenIdle();
const verified = await eventually(async () => {
  const { items } = await audit.find({ action: 'audit.verified', limit: 1 });
  return items[0] ?? null;
});
check(verified !== null, 'the scheduled verification ran and recorded what it found');
console.log(`${JSON.stringify(verified?.sections.metadata)}\n`);

const [invoice] = (await audit.find({ action: 'invoice.pay', limit: 1 })).items;
const { note } = await audit.checkpoint();
console.log(`The newest checkpoint:\n${note.replace(/^/gm, '  ')}`);
const proof = auditTrail(
  'prove',
  invoice.record.id,
  '--database',
  at('audit.sqlite'),
  '--out',
  at('invoice.tlog-proof'),
);
const proven = auditTrail('check-proof', at('invoice.tlog-proof'), '--key', verifierKey);
check(proof.code === 0 && proven.code === 0, 'a paid invoice is proven to somebody who has the verifier key only');
await app.close();
const anchored = readdirSync(at('anchor/checkpoints')).length;
check(anchored > 1, `${anchored} checkpoints are kept outside of the database`);
check(!readFileSync(at('audit.sqlite')).includes('PRIVATE+KEY'), 'the private key is not in the database');

const verify = (path: string, ...more: string[]) => {
  const { code, out } = auditTrail('verify', path, '--json', ...more);
  const { verdict, findings } = JSON.parse(out) as {
    verdict: string;
    findings: { class: string; index: number | null; message: string }[];
  };
  return { code, verdict, findings };
};
const withEvidence = ['--key', verifierKey, '--anchor', at('anchor')];
const sound = verify(at('audit.sqlite'), ...withEvidence);
check(sound.code === 0, 'the untouched log verifies against its key and its anchor');

console.log('\nAttack 1: one record edited, and every hash behind it computed anew.');
const edited = rewriteHistory(at('audit.sqlite'), at('rewritten.sqlite'));
judge(at('rewritten.sqlite'), ['rewritten', 'modified'], `record ${edited} was edited`);

console.log('\nAttack 2: the last 40 records cut off, and head and streams set to what is left.');
const left = cutTail(at('audit.sqlite'), at('cut.sqlite'), 40);
judge(at('cut.sqlite'), ['truncated', 'rollback'], `${left} records are left`);

console.log('\nThe application, started on the attacked database:');
for (const path of ['rewritten.sqlite', 'cut.sqlite']) await startOn(at(path));

rmSync(folder, { recursive: true });
console.log(failures.length === 0 ? '\nEverything held.' : `\n${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;

function judge(path: string, expected: readonly string[], what: string): void {
  const chain = verify(path);
  check(chain.code === 0, `${what}: the chain by itself looks sound`);
  const { code, verdict, findings } = verify(path, ...withEvidence);
  check(code === 1 && expected.includes(verdict), `${what}: the checkpoints say ${verdict}`);
  console.log(`      ${findings[0]?.message}`);
}

/** Neither signer nor verifier is fooled: no checkpoint, an alarm. */
async function startOn(path: string): Promise<void> {
  const alarms: string[] = [];
  const before = readdirSync(at('anchor/checkpoints')).length;
  const { verification, ...rest } = options(path);
  const attacked = await NestFactory.createApplicationContext(
    SignedBillingModule.with({
      ...rest,
      verification: {
        ...verification,
        onViolation: (violation) => void alarms.push(violation.class),
      },
    }),
    { logger: ['fatal'] },
  );
  await eventually(async () => (alarms.length > 0 ? alarms : null));
  const refused = await attacked
    .get(AuditService)
    .checkpoint()
    .then(
      () => 'signed',
      (error: { state?: string }) => error.state ?? 'failed',
    );
  await attacked.close();
  check(refused === 'rewritten' || refused === 'rollback', `the signer refuses: ${refused}`);
  check(alarms.length > 0, `alarms: ${[...new Set(alarms)].join(', ')}`);
  check(readdirSync(at('anchor/checkpoints')).length === before, 'no checkpoint was added to the anchor');
}

async function eventually<T>(look: () => Promise<T | null>): Promise<T | null> {
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    const found = await look();
    if (found !== null) return found;
    await delay(100);
  }
  return null;
}
