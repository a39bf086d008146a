import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { CompactRange } from '../../lib/ledger/merkle/index.js';
import { DirectoryAnchor } from '../../lib/verification/anchors/directory.anchor.js';
import { AuditVerifier } from '../../lib/verification/history/audit-verifier.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import { openCheckpoint } from '../../lib/verification/notes/open-checkpoint.js';
import { parseVerifierKey } from '../../lib/verification/notes/verifier-key.js';
import { trustKeys } from '../../lib/verification/trust/parse-trust.js';
import { SHARED_STORAGES } from './storages.js';

jest.setTimeout(240_000);

const ORIGIN = 'example.com/race';
const script = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** A process that is begun again whenever it was killed. */
class Slot {
  readonly lines: string[] = [];
  readonly ends: string[] = [];
  kills = 0;
  private child!: ChildProcess;
  private done: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly args: readonly string[],
    private readonly onLine: () => void,
  ) {
    this.begin();
  }

  kill(): void {
    this.kills++;
    this.child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.child.kill('SIGTERM');
    await this.done;
  }

  private begin(): void {
    const child = spawn(process.execPath, this.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let rest = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) {
        this.lines.push(line);
        this.onLine();
      }
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    this.done = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        if (signal !== 'SIGKILL') this.ends.push(`${code ?? signal} ${errors.slice(-800)}`.trim());
        if (signal === 'SIGKILL' && !this.stopping) this.begin();
        resolve();
      });
    });
  }
}

describe.each(SHARED_STORAGES)('two publishers and three verifiers, killed at random: $kind', ({ create }) => {
  it('never contradict each other and never raise a wrong alarm', async () => {
    const place = await create();
    const folder = mkdtempSync(join(tmpdir(), 'audit-race-'));
    const key = generatePrivateKey(ORIGIN);
    const anchor = join(folder, 'anchor');
    const storage = await place.open();
    const options = { ...place.options, migrate: false };
    const publishing = JSON.stringify({
      service: { name: 'race' },
      storage: options,
      queue: { thread: 'inline' },
      checkpoints: { everyMs: 100, idleEveryMs: 60_000, anchors: [{ directory: anchor }] },
      signing: { origin: ORIGIN, key: key.privateKey, stateFile: join(folder, 'state.json') },
    });

    let random = 20_261_121;
    const next = (below: number) => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    const slots: Slot[] = [];
    let lines = 0;
    let kills = 0;
    await new Promise<void>((resolve) => {
      const onLine = () => {
        lines++;
        if (lines % 9 === 0 && kills < 8) {
          kills++;
          slots[next(slots.length)].kill();
        }
        if (kills === 8 && lines > 90 && slots.every((slot) => slot.lines.length >= 5)) resolve();
      };
      for (let n = 0; n < 2; n++) slots.push(new Slot([script('publishing-process.mjs'), publishing], onLine));
      for (let n = 0; n < 3; n++) {
        const args = [JSON.stringify(options), key.verifierKey, anchor, join(folder, `verifier-${n}.json`)];
        slots.push(new Slot([script('verifying-process.mjs'), ...args], onLine));
      }
    });
    await Promise.all(slots.map((slot) => slot.stop()));

    // One that was begun again just now may be ended before it listens for the signal.
    expect(slots.map(({ ends }) => ends)).toEqual(slots.map(() => [expect.stringMatching(/^(0|SIGTERM)/)]));
    expect(slots.reduce((sum, slot) => sum + slot.kills, 0)).toBe(8);
    for (const slot of slots.slice(2)) expect(new Set(slot.lines)).toEqual(new Set(['valid']));
    await expectOneHistory();

    async function expectOneHistory(): Promise<void> {
      const verifiers = [parseVerifierKey(key.verifierKey)];
      const anchored = new DirectoryAnchor(anchor);
      const head = await storage.ledger.readHead();
      const roots = new Map<number, string>();
      const range = new CompactRange();
      for (const hash of await storage.ledger.readLeafHashes(0, head.size)) {
        range.append(Buffer.from(hash, 'hex'));
        roots.set(range.size, range.root().toString('hex'));
      }
      const notes = [
        ...(await storage.checkpoints.list({ limit: 10_000 })).map(({ note }) => note),
        ...(await Promise.all((await anchored.sizes()).map((size) => anchored.read(size)))).map(String),
      ];
      for (const note of notes) {
        const { checkpoint } = openCheckpoint(note, verifiers, ORIGIN);
        expect(Buffer.from(checkpoint.root).toString('hex')).toBe(roots.get(Number(checkpoint.size)));
      }
      const published = slots.slice(0, 2).flatMap((slot) => slot.lines.map(Number));
      expect(published.length).toBeGreaterThan(10);
      const sizes = new Set(await anchored.sizes());
      expect(published.filter((size) => !sizes.has(size))).toEqual([]);
      expect(await storage.checkpoints.listUnanchored(10)).toEqual([]);
      const [violation] = await storage.ledger.findPage({
        action: 'audit.integrity_violation',
        direction: 'ascending',
        limit: 1,
      });
      expect(violation).toBeUndefined();
      const verdict = await new AuditVerifier({
        log: storage.ledger,
        trust: trustKeys([key.verifierKey]),
        checkpoints: storage.checkpoints,
        anchors: [anchored],
      }).verify();
      expect([verdict.verdict, verdict.findings]).toEqual(['valid', []]);
    }
    await place.drop();
    rmSync(folder, { recursive: true, force: true });
  });
});
