import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import { DirectoryAnchor } from '../../lib/verification/anchors/directory.anchor.js';
import { AuditVerifier } from '../../lib/verification/history/audit-verifier.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import { trustKeys } from '../../lib/verification/trust/parse-trust.js';
import { settled } from '../support/delivery/settled.js';

interface Verdict {
  readonly verdict: string;
  readonly checkpointsCompared: number;
  readonly to: number;
  readonly findings: readonly unknown[];
}

interface Role {
  readonly script: string;
  readonly args: readonly string[];
  process: ChildProcessWithoutNullStreams;
  /** Lines of output that mean that it is at work. */
  lines: number;
}

/**
 * Two processes write, sign and publish, three verify, and every so often one of them is killed and started again. No
 * verifier may ever say anything but `valid`.
 */
export async function signAndVerifyAtOnce(storage: StorageOptions, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-signers-'));
  const origin = 'example.com/fault';
  const { privateKey, verifierKey } = generatePrivateKey(origin);
  const first = createStorage({ ...storage, migrate: true });
  await first.open();
  const verdicts: Verdict[] = [];
  const errors: string[] = [];
  const shared = JSON.stringify({ ...storage, migrate: false });

  const start = (role: Pick<Role, 'script' | 'args'>): Role => {
    const script = fileURLToPath(new URL(`./${role.script}`, import.meta.url));
    const process_ = spawn(process.execPath, [script, ...role.args]);
    const started: Role = { ...role, process: process_, lines: 0 };
    createInterface({ input: process_.stdout }).on('line', (line) => {
      started.lines++;
      if (line.startsWith('{')) verdicts.push(JSON.parse(line) as Verdict);
    });
    process_.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    return started;
  };
  const end = async ({ process: child }: Role, signal: NodeJS.Signals): Promise<void> => {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    await closed;
  };

  const signer = { script: 'signing-process.mjs', args: [shared, folder, privateKey, origin] };
  const verifier = (n: number) => ({
    script: 'verifying-process.mjs',
    args: [shared, folder, verifierKey, n === 0 ? 'own.json' : 'shared.json'],
  });
  const roles = [start(signer), start(signer), ...[0, 1, 2].map((n) => start(verifier(n)))];
  try {
    for (let kill = 0; kill < kills; kill++) {
      // Each in turn, at a moment that its own progress decides.
      const victim = kill % roles.length;
      await reached(roles[victim]);
      await end(roles[victim], 'SIGKILL');
      roles[victim] = start(roles[victim]);
    }
    await Promise.all(roles.map(reached));
    const anchor = new DirectoryAnchor(join(folder, 'anchor'));
    // A signer may be killed each time before it has published once.
    await settled(async () => (await anchor.sizes()).length > 1);
    await Promise.all(roles.map((role) => end(role, 'SIGTERM')));

    expect(errors.filter((text) => !/unclean_shutdown/.test(text))).toEqual([]);
    expect(verdicts.filter(({ verdict }) => verdict !== 'valid')).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(3);
    const last = await new AuditVerifier({
      log: first.ledger,
      trust: trustKeys([verifierKey]),
      checkpoints: first.checkpoints,
      anchors: [anchor],
    }).verify({ mode: 'full' });
    expect(last).toMatchObject({ verdict: 'valid', findings: [] });
    expect(last.checkpoint?.size).toBe(last.size);
  } finally {
    for (const { process: child } of roles) child.kill('SIGKILL');
    await first.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A process is worth killing once it does its work: a verdict, or events being sealed. */
async function reached(role: Role): Promise<void> {
  const lines = role.lines;
  if (lines > 0) return;
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if (role.lines > lines) done(resolve);
    };
    const closed = () => done(() => reject(new Error(`${role.script} ended by itself`)));
    const done = (then: () => void) => {
      role.process.stdout.off('data', look);
      role.process.off('close', closed);
      setImmediate(then);
    };
    role.process.stdout.on('data', look);
    role.process.once('close', closed);
  });
}
