import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactRange, leafHash } from '../../../../lib/ledger/merkle/index.js';
import { FileSignerStateStore } from '../../../../lib/verification/signing/file.signer-state-store.js';
import { formatSignerState } from '../../../../lib/verification/signing/signer-state.js';
import type { SignerState } from '../../../../lib/verification/signing/signer-state.js';
import { SignerStateError } from '../../../../lib/verification/signing/signer-state.error.js';

function stateOf(size: number, mark = ''): SignerState {
  const range = new CompactRange();
  for (let n = 0; n < size; n++) range.append(leafHash(`${mark}${n}`));
  return {
    origin: 'example.com/log',
    size,
    root: range.root().toString('hex'),
    compactRange: range.toHex(),
    keys: ['k'],
    signedAt: '2026-11-21T20:44:00.123456Z',
  };
}

describe('FileSignerStateStore', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-state-'));
    path = join(folder, 'deep/state.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const store = () => new FileSignerStateStore(path);

  it('remembers nothing at first, and afterwards what was kept last', async () => {
    expect(await store().read()).toBeNull();
    expect(await store().replace(0, stateOf(3))).toBe(true);
    expect(await store().replace(1, stateOf(7))).toBe(true);
    expect(await store().read()).toEqual({ version: 2, state: stateOf(7) });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 2, size: 7, origin: 'example.com/log' });
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('refuses whoever knows an older state', async () => {
    await store().replace(0, stateOf(3));
    expect(await store().replace(0, stateOf(4))).toBe(false);
    expect(await store().replace(7, stateOf(4))).toBe(false);
    expect(await store().read()).toEqual({ version: 1, state: stateOf(3) });
  });

  it('lets one of many win each version, and never takes a version back', async () => {
    const stores = Array.from({ length: 6 }, store);
    const won: string[] = [];
    await Promise.all(
      stores.map(async (own, who) => {
        for (let turn = 0; turn < 40; turn++) {
          const version = (await own.read())?.version ?? 0;
          const next = stateOf(version + 1, `${who}-${turn}-`);
          if (!(await own.replace(version, next))) continue;
          won.push(next.root);
          expect((await own.read())?.version).toBeGreaterThanOrEqual(version + 1);
        }
      }),
    );
    const last = await store().read();
    expect(won.length).toBeGreaterThanOrEqual(40);
    expect(last?.version).toBeGreaterThanOrEqual(won.length);
    expect(new Set(won).size).toBe(won.length);
  });

  it('goes on from a version whose maker was killed before it could bring the file up to date', async () => {
    await store().replace(0, stateOf(3));
    writeFileSync(`${path}.2`, formatSignerState(2, stateOf(5)));
    expect(await store().read()).toEqual({ version: 2, state: stateOf(5) });
    expect(await store().replace(1, stateOf(4))).toBe(false);
    expect(await store().replace(2, stateOf(6))).toBe(true);
  });

  it('goes on from the file alone, as after a move to another machine', async () => {
    for (let version = 0; version < 12; version++) await store().replace(version, stateOf(version + 1));
    for (const name of readdirSync(join(folder, 'deep'))) {
      if (name !== 'state.json') unlinkSync(join(folder, 'deep', name));
    }
    expect(await store().read()).toEqual({ version: 12, state: stateOf(12) });
    expect(await store().replace(12, stateOf(13))).toBe(true);
  });

  it('does not fill the disk', async () => {
    for (let version = 0; version < 30; version++) await store().replace(version, stateOf(1));
    expect(readdirSync(join(folder, 'deep')).length).toBeLessThan(12);
  });

  it.each([
    ['no JSON', 'x'],
    ['another format', JSON.stringify({ format: 9 })],
    ['no version', formatSignerState(0, stateOf(3))],
    ['a root that its hashes do not lead to', formatSignerState(1, { ...stateOf(3), root: stateOf(4).root })],
    ['too few hashes', formatSignerState(1, { ...stateOf(3), compactRange: [] })],
    ['no origin', formatSignerState(1, { ...stateOf(3), origin: '' })],
    ['no keys', formatSignerState(1, { ...stateOf(3), keys: undefined as never })],
    ['no hashes', formatSignerState(1, { ...stateOf(3), compactRange: undefined as never })],
    ['no time', formatSignerState(1, { ...stateOf(3), signedAt: undefined as never })],
  ])('refuses a file with %s', async (_, text) => {
    await store().replace(0, stateOf(1));
    for (const name of readdirSync(join(folder, 'deep'))) unlinkSync(join(folder, 'deep', name));
    writeFileSync(path, text);
    await expect(store().read()).rejects.toThrow(SignerStateError);
    await expect(store().read()).rejects.toThrow(path);
  });

  it('says so when it cannot be written', async () => {
    writeFileSync(join(folder, 'deep'), 'a file where the folder should be');
    await expect(store().read()).rejects.toThrow();
  });
});
