import { AnchorConflictError } from '../../verification/anchors/anchor-conflict.error.js';
import type { AnchorCheckpoint } from '../audit-sink.interface.js';
import { sha256Hex } from '../digest.js';
import type { ObjectLock, ObjectStore } from './object-store.interface.js';

const SIZE_DIGITS = 16;
const KEPT = /(\d{16})\.note$/;

/** Keeps one note for each log size; a second one that says the same under other signatures stands beside it. */
export class CheckpointArchive {
  /** @param name how the archive is called in messages */
  constructor(
    private readonly store: ObjectStore,
    private readonly name: string,
    private readonly prefix: string,
  ) {}

  /** @throws AnchorConflictError if another root is kept for this size; ours is written too, it is evidence */
  async write(
    { size, note }: AnchorCheckpoint,
    lock: ObjectLock,
    signal: AbortSignal,
  ): Promise<{ key: string; duplicate: boolean }> {
    const key = this.keyOf(size);
    const found = await this.createOrRead(key, note, lock, signal);
    if (found === null || found === note) return { key, duplicate: found !== null };
    const beside = key.replace(/\.note$/, `-${sha256Hex(note).slice(0, 16)}.note`);
    const second = await this.createOrRead(beside, note, lock, signal);
    if (!isSameCheckpoint(found, note)) throw new AnchorConflictError(this.name, size, found, note);
    return { key: beside, duplicate: second !== null };
  }

  async sizes(signal: AbortSignal): Promise<number[]> {
    const keys = await this.store.list(this.prefix, signal);
    return keys.flatMap((key) => KEPT.exec(key)?.[1] ?? []).map(Number);
  }

  async read(size: number, signal: AbortSignal): Promise<string | null> {
    return (await this.store.get(this.keyOf(size), signal))?.toString() ?? null;
  }

  private keyOf(size: number): string {
    return `${this.prefix}${String(size).padStart(SIZE_DIGITS, '0')}.note`;
  }

  /** Asks before it writes, for servers that ignore `If-None-Match`. @returns what was there */
  private async createOrRead(key: string, note: string, lock: ObjectLock, signal: AbortSignal): Promise<string | null> {
    const facts = await this.store.head(key, signal);
    const before = facts === null || facts === 'unknown' ? null : await this.store.get(key, signal);
    if (before) return before.toString();
    const upload = { key, body: Buffer.from(note), contentType: 'text/plain; charset=utf-8', lock };
    const created = await this.store.create(upload, signal);
    return created === 'exists' ? ((await this.store.get(key, signal))?.toString() ?? null) : null;
  }
}

/** Origin, size and root, the first three lines (C2SP tlog-checkpoint); signatures may differ. */
function isSameCheckpoint(one: string, other: string): boolean {
  const said = (note: string): string => note.split('\n', 3).join('\n');
  return said(one) === said(other);
}
