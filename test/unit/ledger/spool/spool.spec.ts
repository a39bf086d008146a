import { appendFileSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownIdentity } from '../../../../lib/ledger/process/process-identity.js';
import { Spool } from '../../../../lib/ledger/spool/spool.js';
import { sealableEvent } from '../../../support/sealable-event.js';

const folder = () => mkdtempSync(join(tmpdir(), 'audit-spool-'));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const files = (path: string) => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'));

/** Makes the files of this process look like those of a process that died. */
function killOwner(path: string): void {
  for (const name of readdirSync(path)) {
    const { host } = ownIdentity();
    renameSync(join(path, name), join(path, name.replace(/^.*~[0-9a-f]{8}-/, `${host}~999999999~-~deadbeef-`)));
  }
}

describe('Spool', () => {
  it('has an event on disk by the end of the turn and forgets it when it is sealed', async () => {
    const path = folder();
    const spool = new Spool({ folder: path });
    const [a, b] = [sealableEvent('a'), sealableEvent('b')];
    expect(spool.append(a, false)).toBe('kept');
    expect(spool.append(b, false)).toBe('kept');
    await turn();
    expect(files(path).join('').split('\n').filter(Boolean)).toHaveLength(2);
    spool.settle([a]);
    expect(files(path).join('')).toContain('"id":"a"');
    spool.settle([b]);
    expect(files(path).join('')).toBe('');
    spool.close();
    expect(readdirSync(path)).toEqual([]);
  });

  it('keeps order when events go to disk only: later ones queue up behind them', async () => {
    const spool = new Spool({ folder: folder() });
    expect(spool.append(sealableEvent('a'), true)).toBe('spilled');
    expect(spool.append(sealableEvent('b'), false)).toBe('spilled');
    expect(spool.spilled).toBe(2);
    const back = spool.takeBack(() => undefined);
    expect(back.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(spool.spilled).toBe(0);
    expect(spool.append(sealableEvent('c'), false)).toBe('kept');
    spool.close();
  });

  it('hands spilled events back file by file, so that memory stays bounded', () => {
    const spool = new Spool({ folder: folder(), segmentBytes: 1_000 });
    for (let i = 0; i < 20; i++) spool.append(sealableEvent(`e${i}`), true);
    const ids: string[] = [];
    let turns = 0;
    while (spool.spilled > 0) {
      const events = spool.takeBack(() => undefined);
      expect(events.length).toBeLessThan(5);
      ids.push(...events.map(({ id }) => id));
      spool.settle(events);
      turns++;
    }
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => `e${i}`));
    expect(turns).toBeGreaterThan(4);
    spool.close();
  });

  it('refuses beyond its own bound instead of filling the disk', () => {
    const spool = new Spool({ folder: folder(), maxBytes: 700 });
    expect(spool.append(sealableEvent('a'), true)).toBe('spilled');
    expect(spool.append(sealableEvent('b'), true)).toBe('failed');
    spool.close();
  });

  it('replays the files of a dead process once, and repairs a torn last line', async () => {
    const path = folder();
    const dead = new Spool({ folder: path });
    dead.append(sealableEvent('a'), false);
    dead.append(sealableEvent('b'), false);
    await turn();
    const [name] = readdirSync(path);
    appendFileSync(join(path, name), '{"id":"torn","stream":"ma');
    killOwner(path);

    const spool = new Spool({ folder: path });
    const torn: number[] = [];
    const found = [...spool.abandoned((count) => torn.push(count))];
    expect(found.map((events) => events.map(({ id }) => id))).toEqual([['a', 'b']]);
    expect(torn).toEqual([1]);
    expect([...spool.abandoned(() => undefined)]).toEqual([]);
    spool.settle(found.flat());
    expect(readdirSync(path)).toEqual([]);
    spool.close();
  });

  it('leaves the files of living processes and foreign files alone', async () => {
    const path = folder();
    const alive = new Spool({ folder: path });
    alive.append(sealableEvent('a'), false);
    await turn();
    writeFileSync(join(path, 'notes.txt'), 'not ours');
    expect([...new Spool({ folder: path }).abandoned(() => undefined)]).toEqual([]);
    expect(readdirSync(path)).toHaveLength(2);
    alive.close();
  });
});
