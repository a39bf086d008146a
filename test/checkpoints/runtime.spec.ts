import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { leafHash } from '../../lib/ledger/merkle/index.js';
import { generatePrivateKey, parsePrivateKey } from '../../lib/verification/notes/private-key.js';
import { openCheckpoint } from '../../lib/verification/notes/open-checkpoint.js';
import { parseVerifierKey } from '../../lib/verification/notes/verifier-key.js';
import { policyOfLogs } from '../../lib/verification/policy/policy.js';
import { verifyProofFile } from '../../lib/verification/proofs/verify-proof-file.js';
import type { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import { auditRuntime, RecordingLog } from '../support/runtime.js';

jest.setTimeout(30_000);

const ORIGIN = 'example.com/billing';

describe('AuditRuntime with signing', () => {
  let folder: string;
  let key: { privateKey: string; verifierKey: string };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-signing-'));
    key = generatePrivateKey(ORIGIN);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const database = (name = 'audit.sqlite') => join(folder, name);
  const options = (more: AuditModuleOptions = {}): AuditModuleOptions => ({
    service: { name: 'billing' },
    storage: { type: 'sqlite', path: database() },
    queue: { thread: 'inline' },
    checkpoints: { anchors: [{ directory: join(folder, 'anchor') }] },
    ...more,
    signing: { origin: ORIGIN, key: key.privateKey, stateFile: join(folder, 'state.json'), ...more.signing },
  });
  const verifier = () => parseVerifierKey(key.verifierKey);
  const eventsOf = async (runtime: AuditRuntime, action: string) => (await runtime.reader.find({ action })).items;
  const anchored = () =>
    readdirSync(join(folder, 'anchor/checkpoints'))
      .map(Number)
      .sort((a, b) => a - b);

  it('ends with a signed checkpoint over everything, its last words included', async () => {
    const runtime = auditRuntime(options());
    await runtime.start();
    for (let n = 0; n < 20; n++) runtime.pipeline.record({ action: 'invoice.create' });
    await runtime.stop();
    const size = anchored().at(-1);
    expect(size).toBe(22);
    const note = readFileSync(join(folder, 'anchor/checkpoints/22'), 'utf8');
    expect(openCheckpoint(note, [verifier()], ORIGIN).checkpoint.size).toBe(22n);
  });

  it('publishes on demand and proves any event to a stranger', async () => {
    const runtime = auditRuntime(options());
    await runtime.start();
    const { id, logIndex } = await runtime.pipeline.seal({ action: 'invoice.pay' });
    const proof = await runtime.prove(id);
    const { record } = (await runtime.storage.ledger.findById(id))!;
    const { file, checkpoint } = verifyProofFile(proof, leafHash(record), policyOfLogs([verifier()]));
    expect([file.index, checkpoint.size]).toEqual([BigInt(logIndex), BigInt(logIndex + 1)]);
    const published = await runtime.checkpoint();
    expect(runtime.stats().checkpoints).toMatchObject({ origin: ORIGIN, state: 'ok', anchors: 1 });
    expect((await runtime.storage.ledger.readHead()).origin).toBe(ORIGIN);
    expect(anchored()).toContain(published.size);
    await runtime.stop();
  });

  it('has no checkpoints without a key, but keeps tiles', async () => {
    const runtime = auditRuntime({ ...options(), signing: undefined, checkpoints: {} });
    await runtime.start();
    for (let n = 0; n < 600; n++) runtime.pipeline.record({ action: 'invoice.create' });
    await runtime.whenIdle();
    await expect(runtime.checkpoint()).rejects.toThrow('keygen');
    expect(runtime.stats().checkpoints).toBeNull();
    const { storage } = runtime;
    expect(await storage.tiles.count(0)).toBeGreaterThanOrEqual(0);
    await runtime.stop();
    const again = auditRuntime({ ...options(), signing: undefined, checkpoints: {} });
    await again.start();
    await again.pipeline.seal({ action: 'x.y' });
    await again.stop();
    const reading = auditRuntime({ ...options(), signing: undefined, checkpoints: {} });
    await reading.start();
    expect(await reading.storage.tiles.count(0)).toBe(2);
    await reading.stop();
  });

  it.each([
    ['a key that is not there', () => ({ keyFile: '/nowhere/key', key: undefined }), /cannot be read/],
    [
      'the key of another log',
      () => ({ key: generatePrivateKey('example.com/other').privateKey }),
      /key is that of the log/,
    ],
    [
      'a public test key',
      () => ({
        key: 'PRIVATE+KEY+EnochRoot+af0cfe78+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        origin: 'EnochRoot',
      }),
      /test vector/,
    ],
  ])('does not start with %s', async (_, signing, message) => {
    const runtime = auditRuntime(options({ signing: { origin: ORIGIN, ...signing() } as never }));
    await expect(runtime.start()).rejects.toThrow(message);
  });

  it('does not take anchors without a key: nothing would ever get there', () => {
    expect(() => auditRuntime({ checkpoints: { anchors: [{ directory: '/a' }] } })).toThrow(
      /"?signing"?.*checkpoints\.anchors/s,
    );
  });

  it('signs through a KMS', async () => {
    const { sign, verifierKey } = parsePrivateKey(key.privateKey);
    const signer = { id: verifierKey, algorithm: 'ed25519', sign: async (bytes: Uint8Array) => sign(bytes) };
    const runtime = auditRuntime(options({ signing: { origin: ORIGIN, key: undefined, signer } }));
    await runtime.start();
    openCheckpoint((await runtime.checkpoint()).note, [verifier()], ORIGIN);
    await runtime.stop();
  });

  it('changes keys: the old one signs over the event that names the new one', async () => {
    const first = auditRuntime(options());
    await first.start();
    await first.stop();
    const next = generatePrivateKey(ORIGIN);
    const rotated = { origin: ORIGIN, key: next.privateKey, previousKeys: [{ key: key.privateKey }] };
    for (let n = 0; n < 2; n++) {
      const runtime = auditRuntime(options({ signing: rotated }));
      await runtime.start();
      const { note, size } = await runtime.checkpoint();
      for (const trusted of [key, next]) openCheckpoint(note, [parseVerifierKey(trusted.verifierKey)], ORIGIN);
      const [event, ...more] = await eventsOf(runtime, 'audit.key_rotated');
      expect(more).toEqual([]);
      expect(event.logIndex).toBeLessThan(size);
      expect(event.sections.metadata).toMatchObject({
        origin: ORIGIN,
        from: [key.verifierKey],
        to: [next.verifierKey],
      });
      await runtime.stop();
    }
    const after = auditRuntime(options({ signing: { origin: ORIGIN, key: next.privateKey } }));
    await after.start();
    openCheckpoint((await after.checkpoint()).note, [parseVerifierKey(next.verifierKey)], ORIGIN);
    await after.stop();
  });

  it('does not sign a database that was restored from a backup two checkpoints old, and says so', async () => {
    const first = auditRuntime(options());
    await first.start();
    await first.pipeline.seal({ action: 'invoice.create' });
    await first.stop();
    copyFileSync(database(), database('backup.sqlite'));
    for (let n = 0; n < 2; n++) {
      const later = auditRuntime(options());
      await later.start();
      for (let i = 0; i < 10; i++) await later.pipeline.seal({ action: 'invoice.create' });
      await later.checkpoint();
      await later.stop();
    }
    const before = anchored();
    for (const suffix of ['-wal', '-shm']) rmSync(`${database()}${suffix}`, { force: true });
    copyFileSync(database('backup.sqlite'), database());

    const log = new RecordingLog();
    const verdicts: unknown[] = [];
    const restored = auditRuntime(
      options({ verification: { onViolation: (verdict) => void verdicts.push(verdict) } }),
      log,
    );
    await restored.start();
    await expect(restored.checkpoint()).rejects.toMatchObject({ state: 'rollback' });
    expect(restored.stats().checkpoints).toMatchObject({ state: 'rollback', violations: 1 });
    await restored.whenIdle();
    const [event, ...more] = await eventsOf(restored, 'audit.integrity_violation');
    expect(more).toEqual([]);
    expect(event.record).toMatchObject({ outcome: 'failure', severity: 'error', reason: { code: 'rollback' } });
    expect(event.sections.metadata).toMatchObject({
      class: 'rollback',
      expected: expect.stringMatching(/^\d+ [0-9a-f]{64}$/),
    });
    expect(verdicts).toEqual([expect.objectContaining({ class: 'rollback' })]);
    expect(log.lines.join('\n')).toContain('integrity violation (rollback)');
    await restored.stop();
    expect(anchored()).toEqual(before);

    // Grown beyond what was signed, it is a rollback still.
    const grown = auditRuntime(options());
    await grown.start();
    for (let i = 0; i < 60; i++) grown.pipeline.record({ action: 'invoice.create' });
    await grown.whenIdle();
    await expect(grown.checkpoint()).rejects.toMatchObject({ state: 'rollback' });
    await grown.stop();
    expect(anchored()).toEqual(before);
  });

  it('says that a log was silent', async () => {
    const runtime = auditRuntime(
      options({ checkpoints: { everyMs: 100, idleEveryMs: 100, anchors: [{ directory: join(folder, 'anchor') }] } }),
    );
    await runtime.start();
    const [beat] = await waitFor(async () => [...(await eventsOf(runtime, 'audit.heartbeat'))]);
    expect(beat.sections.metadata).toMatchObject({ checkpoint: { size: expect.any(Number) } });
    await runtime.stop();
  });

  it('goes on from its anchors on a new host, and says that it does', async () => {
    const first = auditRuntime(options());
    await first.start();
    await first.stop();
    const log = new RecordingLog();
    const moved = auditRuntime(options({ signing: { origin: ORIGIN, stateFile: join(folder, 'new-host.json') } }), log);
    await moved.start();
    await moved.checkpoint();
    expect(log.lines.join('\n')).toContain('goes on from size 2');
    await moved.stop();
  });
});

async function waitFor<T>(read: () => Promise<T[]>): Promise<T[]> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const found = await read();
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not happen within twenty seconds.');
}
