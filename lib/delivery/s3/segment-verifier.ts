import { gunzipSync } from 'node:zlib';
import type { AuditRecord } from '../../event/audit-record.interface.js';
import { jsonMembers } from '../../event/json-members.js';
import { CompactRange, leafHash } from '../../ledger/merkle/index.js';
import { chainHash } from '../../ledger/sealing/chain-hash.js';
import { sha256Hex } from '../digest.js';
import { safeErrorText } from '../safe-error-text.js';
import type { PreviousSegment, SegmentManifest } from './segment.js';

/** What is wrong with a segment. */
export interface SegmentProblem {
  readonly key: string;
  readonly text: string;
}

/**
 * Checks what an archive bucket holds, without any database: feed it the segments in the order of their keys. It
 * recomputes the hash of each record, each object and each manifest, follows the chain of manifests, and compares the
 * log's root as long as the archive has every event from the first on.
 *
 * @publicApi
 */
export class SegmentVerifier {
  readonly problems: SegmentProblem[] = [];
  events = 0;
  private previous: PreviousSegment | null = null;
  private range: CompactRange | null = new CompactRange();

  /**
   * @param key key of the manifest
   * @param manifestBytes the manifest as it is stored
   * @param object the object that it names, as it is stored (gzip)
   */
  add(key: string, manifestBytes: Uint8Array, object: Uint8Array): void {
    try {
      this.check(key, JSON.parse(Buffer.from(manifestBytes).toString()) as SegmentManifest, gunzipSync(object));
    } catch (error) {
      this.problem(key, `it can't be read: ${safeErrorText(error)}`);
      this.range = null;
    }
    this.previous = { key, sha256: sha256Hex(manifestBytes) };
  }

  /** The root of the log as far as the archive has all of it; null once an event is missing. Lowercase hex. */
  get logRoot(): { readonly size: number; readonly root: string } | null {
    return this.range && { size: this.range.size, root: this.range.root().toString('hex') };
  }

  private check(key: string, manifest: SegmentManifest, content: Buffer): void {
    const { previous, object } = manifest;
    if (previous?.key !== this.previous?.key || previous?.sha256 !== this.previous?.sha256) {
      this.problem(
        key,
        `it follows ${previous?.key ?? 'nothing'}, but ${this.previous?.key ?? 'nothing'} was found before it`,
      );
    }
    if (sha256Hex(content) !== object.sha256 || content.length !== object.bytes) {
      this.problem(key, 'its object does not have the bytes that it names');
    }
    const lines = content.toString().split('\n');
    if (lines.pop() !== '') this.problem(key, 'the last line is cut');
    const hashes = lines.map((line) => this.checkLine(key, line));
    this.events += hashes.length;
    if (hashes.length !== manifest.count)
      this.problem(key, `it names ${manifest.count} events, there are ${hashes.length}`);
    if (hashes[0] !== manifest.firstHash || hashes.at(-1) !== manifest.lastHash) {
      this.problem(key, 'its first or last hash is not that of its first or last event');
    }
    this.checkRoot(key, manifest, lines);
  }

  /** @returns the hash of the record's bytes */
  private checkLine(key: string, line: string): string {
    const members = new Map(jsonMembers(line).map(({ name, start, end }) => [name, line.slice(start, end)]));
    const record = members.get('record') ?? '';
    const { alg, id } = JSON.parse(record) as AuditRecord;
    const hash = chainHash(alg, Buffer.from(record));
    if (members.get('hash') !== `"${hash}"`) this.problem(key, `the record of ${id} does not have the hash beside it`);
    return hash;
  }

  private checkRoot(key: string, { first, last, count, log }: SegmentManifest, lines: readonly string[]): void {
    const isWhole =
      this.range !== null && first === this.range.size && last - first + 1 === count && count === lines.length;
    if (!isWhole || this.range === null) {
      this.range = null;
      return;
    }
    for (const line of lines) {
      const [record] = jsonMembers(line);
      this.range.append(leafHash(Buffer.from(line.slice(record.start, record.end))));
    }
    const root = this.range.root().toString('hex');
    if (log !== null && log.size === this.range.size && log.root !== root) {
      this.problem(key, `it names the log root ${log.root}, its events make ${root}`);
    }
  }

  private problem(key: string, text: string): void {
    this.problems.push({ key, text });
  }
}
