import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { RemoteReceipt } from '../delivery-result.js';
import { sha256Hex } from '../digest.js';
import { ObjectStoreError } from './object-store.interface.js';
import type { ObjectLock, ObjectStore } from './object-store.interface.js';
import type { PreviousSegment, Segment, SegmentManifest } from './segment.js';

const decompress = promisify(gunzip);

export interface WrittenSegment {
  readonly receipt: RemoteReceipt;
  /** The manifest that stands in the bucket now: ours, or the one that was there. */
  readonly manifest: PreviousSegment;
}

/** Writes segments so that each is there once, whether or not the server honours `If-None-Match`. */
export class SegmentArchive {
  /** @param isRepeated the segment may be there already, from a try whose end is unknown */
  constructor(
    private readonly store: ObjectStore,
    private readonly lock: ObjectLock,
    private readonly isRepeated: boolean,
  ) {}

  /** The object first, then the manifest: what has a manifest is whole. */
  async write(segment: Segment, signal: AbortSignal): Promise<WrittenSegment> {
    const { key, body, contentHash, manifestKey, manifest } = segment;
    const object = await this.create(key, body, 'application/gzip', signal);
    if (object.found) await this.compareObject(segment, object.found);
    const note = await this.create(manifestKey, manifest, 'application/json', signal);
    const finding = note.found ? compareManifest(segment, note.found) : undefined;
    const raw = JSON.stringify({
      key,
      versionId: object.versionId,
      manifest: manifestKey,
      manifestVersionId: note.versionId,
    });
    return {
      receipt: {
        txId: manifestKey,
        payloadHash: contentHash,
        duplicate: object.found !== null,
        remoteStatus: 'stored',
        raw,
        ...(finding !== undefined && { finding }),
      },
      manifest: { key: manifestKey, sha256: note.found ? sha256Hex(note.found) : segment.manifestHash },
    };
  }

  /** @returns `found`: the bytes of the object that was there already */
  private async create(
    key: string,
    body: Buffer,
    contentType: string,
    signal: AbortSignal,
  ): Promise<{ found: Buffer | null; versionId: string | null }> {
    const { store, lock } = this;
    if (this.isRepeated) {
      const facts = await store.head(key, signal);
      const found = facts === null || facts === 'unknown' ? null : await store.get(key, signal);
      if (found) return this.found(key, found, signal);
    }
    const created = await store.create({ key, body, contentType, lock }, signal);
    if (created !== 'exists') return { found: null, versionId: created.versionId };
    const found = await store.get(key, signal);
    if (found) return this.found(key, found, signal);
    throw new ObjectStoreError(
      'transient',
      `${key} exists and can't be read: another process may be writing it right now.`,
    );
  }

  /** Its writer may have died before it was locked. */
  private async found(key: string, found: Buffer, signal: AbortSignal): Promise<{ found: Buffer; versionId: null }> {
    await this.store.ensureLock(key, this.lock, signal);
    return { found, versionId: null };
  }

  private async compareObject({ key, contentHash }: Segment, found: Buffer): Promise<void> {
    const content = await decompress(found).catch(() => null);
    if (content !== null && sha256Hex(content) === contentHash) return;
    throw new ObjectStoreError(
      'refused',
      `${key} is there already with other content, although its name is derived from its content. Somebody else wrote ` +
        'it, or it is damaged: compare it with the log before anything is delivered.',
    );
  }
}

/** The same events may follow another manifest if the state of delivery was restored from a backup. */
function compareManifest({ manifest, manifestKey, contentHash }: Segment, found: Buffer): string | undefined {
  if (found.equals(manifest)) return undefined;
  let other: SegmentManifest | null = null;
  try {
    other = JSON.parse(found.toString()) as SegmentManifest;
  } catch {
    // no manifest at all: told below
  }
  if (other?.object?.sha256 !== contentHash) {
    throw new ObjectStoreError('refused', `${manifestKey} is there already and is not the manifest of its object.`);
  }
  return `${manifestKey} was written earlier and follows another manifest; the chain goes on from it`;
}
