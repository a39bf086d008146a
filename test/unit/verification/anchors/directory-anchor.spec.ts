import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnchorConflictError } from '../../../../lib/verification/anchors/anchor-conflict.error.js';
import { DirectoryAnchor } from '../../../../lib/verification/anchors/directory.anchor.js';
import { formatCheckpoint } from '../../../../lib/verification/notes/checkpoint.js';
import { signNote } from '../../../../lib/verification/notes/sign-note.js';
import { freshKey } from '../../../support/signed-log.js';

describe('DirectoryAnchor', () => {
  let folder: string;
  const key = freshKey();
  const note = (size: number, byte: number, signer = key) =>
    signNote(formatCheckpoint({ origin: key.name, size: BigInt(size), root: Buffer.alloc(32, byte) }), [
      signer as never,
    ]);

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'audit-anchor-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has nothing before the first checkpoint, and makes its folder then', async () => {
    const anchor = new DirectoryAnchor(join(folder, 'a/b'));
    expect(await anchor.sizes()).toEqual([]);
    expect(await anchor.read(3)).toBeNull();
    await anchor.put(3, note(3, 1));
    expect(readFileSync(join(folder, 'a/b/checkpoints/3'), 'utf8')).toBe(note(3, 1));
  });

  it('lists sizes as numbers and leaves nothing but checkpoints behind', async () => {
    const anchor = new DirectoryAnchor(folder);
    for (const size of [10, 9, 100]) await anchor.put(size, note(size, 1));
    writeFileSync(join(folder, 'checkpoints/README'), 'hello');
    writeFileSync(join(folder, 'checkpoints/007'), 'not a size');
    expect(await anchor.sizes()).toEqual([9, 10, 100]);
    expect(readdirSync(join(folder, 'checkpoints')).sort()).toEqual(['007', '10', '100', '9', 'README']);
  });

  it('takes the same note again, and one that says the same under more keys', async () => {
    const anchor = new DirectoryAnchor(folder);
    await anchor.put(3, note(3, 1));
    await anchor.put(3, note(3, 1));
    await anchor.put(3, note(3, 1, freshKey()));
    expect(await anchor.read(3)).toBe(note(3, 1));
  });

  it('keeps what it has and shows both notes when another one comes', async () => {
    const anchor = new DirectoryAnchor(folder);
    await anchor.put(3, note(3, 1));
    const conflict = await anchor.put(3, note(3, 2)).catch((error: unknown) => error);
    expect(conflict).toBeInstanceOf(AnchorConflictError);
    expect(conflict).toMatchObject({ size: 3, kept: note(3, 1), given: note(3, 2), anchor: folder });
    expect((conflict as Error).message).toContain(note(3, 1));
    expect(await anchor.read(3)).toBe(note(3, 1));
  });

  it('completes what a crash left half-written, where files cannot be made whole at once', async () => {
    const anchor = new DirectoryAnchor(folder);
    await anchor.put(1, note(1, 1));
    writeFileSync(join(folder, 'checkpoints/3'), note(3, 1).slice(0, 20));
    await anchor.put(3, note(3, 1));
    expect(await anchor.read(3)).toBe(note(3, 1));
  });

  it('is written to by many at once', async () => {
    const anchors = Array.from({ length: 8 }, () => new DirectoryAnchor(folder));
    await Promise.all(anchors.flatMap((anchor) => [1, 2, 3, 4, 5].map((size) => anchor.put(size, note(size, 1)))));
    expect(await anchors[0].sizes()).toEqual([1, 2, 3, 4, 5]);
    const outcomes = await Promise.allSettled(anchors.map((anchor, n) => anchor.put(9, note(9, n))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
