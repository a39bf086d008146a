import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { canonicalize } from '../../event/canonical.js';
import type { DeliveryContext } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { sha256Hex } from '../digest.js';

const compress = promisify(gzip);
const INDEX_DIGITS = 12;
const HASH_DIGITS = 16;

/** Which manifest stands before this one; it makes the objects a chain. */
export interface PreviousSegment {
  readonly key: string;
  /** Of the manifest's bytes, lowercase hex. */
  readonly sha256: string;
}

/** What a manifest says. Stored as canonical JSON (RFC 8785). */
export interface SegmentManifest {
  readonly v: 1;
  readonly object: { readonly key: string; readonly sha256: string; readonly bytes: number };
  /** `logIndex` of the first and the last event; with a route there may be holes between them. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Hashes of the first and the last record. */
  readonly firstHash: string;
  readonly lastHash: string;
  /** Size and RFC 6962 root of the log that ends with the batch; null for an event that is delivered late. */
  readonly log: { readonly size: number; readonly root: string } | null;
  readonly previous: PreviousSegment | null;
}

/** A batch as it is stored: an object of gzipped JSON Lines and a manifest beside it. */
export interface Segment {
  readonly key: string;
  readonly body: Buffer;
  /** Of the lines before compression, lowercase hex: compression differs between versions of zlib. */
  readonly contentHash: string;
  readonly manifestKey: string;
  readonly manifest: Buffer;
  readonly manifestHash: string;
}

/**
 * Makes the two objects of a batch. Keys and manifest follow from the events, their place in the log and the previous
 * segment alone, so that each try writes the same: `<prefix>YYYY/MM/DD/<first>-<last>-<hash>.ndjson.gz`.
 */
export async function buildSegment(
  items: readonly DeliveryItem[],
  prefix: string,
  logRoot: DeliveryContext['logRoot'],
  previous: PreviousSegment | null,
): Promise<Segment> {
  const [first, last] = [items[0], items[items.length - 1]];
  const content = Buffer.from(items.map(({ line }) => `${line}\n`).join(''));
  const contentHash = sha256Hex(content);
  const place = `${digits(first.logIndex)}-${digits(last.logIndex)}-${contentHash.slice(0, HASH_DIGITS)}`;
  const base = `${prefix}${first.occurredAt.slice(0, 10).replaceAll('-', '/')}/${place}`;
  const key = `${base}.ndjson.gz`;
  const manifest: SegmentManifest = {
    v: 1,
    object: { key, sha256: contentHash, bytes: content.length },
    first: first.logIndex,
    last: last.logIndex,
    count: items.length,
    firstHash: first.hash,
    lastHash: last.hash,
    log: logRoot,
    previous,
  };
  const manifestBytes = Buffer.from(canonicalize(manifest));
  return {
    key,
    body: await compress(content),
    contentHash,
    manifestKey: `${base}.manifest.json`,
    manifest: manifestBytes,
    manifestHash: sha256Hex(manifestBytes),
  };
}

function digits(index: number): string {
  return String(index).padStart(INDEX_DIGITS, '0');
}
