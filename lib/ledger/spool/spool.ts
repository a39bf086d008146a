import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SealableEvent } from '../../event/sealable-event.js';
import { formatIdentity, livenessOf, ownIdentity, parseIdentity } from '../process/process-identity.js';
import type { EventJournal } from '../queue/event-journal.interface.js';
import { decodeLines, encodeLine } from './spool-line.js';

const SUFFIX = '.spool';
const MAX_BUFFERED_MS = 2;

export interface SpoolOptions {
  /** Folder of the spool files; made if missing. One folder may serve several processes of one host. */
  readonly folder: string;
  /** A file is closed and a new one begun beyond this size, in UTF-16 units. @default 8388608 */
  readonly segmentBytes?: number;
  /** All files of this process together, in UTF-16 units; beyond it events are lost and counted. @default 1073741824 */
  readonly maxBytes?: number;
  readonly onFailure?: (error: unknown) => void;
}

interface Segment {
  readonly path: string;
  fd: number | null;
  size: number;
  /** Events written to it that are not settled. */
  open: number;
  readonly spilled: boolean;
}

/**
 * Spool files: accepted events as JSON lines, written with a plain `write` at the end of each turn of the event loop, or
 * within it once they have waited for 2 ms. The kernel has them then, so they outlive a killed process (not a power cut: nothing is synced). A file goes when all its
 * events are sealed; files of dead processes are claimed by renaming and replayed.
 */
export class Spool implements EventJournal {
  private current: Segment | null = null;
  private readonly backlog: Segment[] = [];
  private readonly segmentOf = new WeakMap<SealableEvent, Segment>();
  private readonly live = new Set<Segment>();
  private buffered = '';
  private bufferedSince = 0;
  private flush: NodeJS.Immediate | null = null;
  private serial = 0;
  private totalBytes = 0;
  private spilledCount = 0;

  constructor(private readonly options: SpoolOptions) {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  }

  get spilled(): number {
    return this.spilledCount;
  }

  append(event: SealableEvent, spill: boolean): 'kept' | 'spilled' | 'failed' {
    // Order: once events went to disk only, later ones must queue up behind them.
    const diskOnly = spill || this.spilledCount > 0;
    const line = encodeLine(event);
    if (this.totalBytes + line.length > (this.options.maxBytes ?? 1_073_741_824)) return 'failed';
    try {
      const segment = this.segmentFor(diskOnly);
      segment.size += line.length;
      segment.open++;
      this.totalBytes += line.length;
      this.buffer(line);
      if (diskOnly) {
        this.spilledCount++;
        return 'spilled';
      }
      this.segmentOf.set(event, segment);
      return 'kept';
    } catch (error) {
      this.options.onFailure?.(error);
      return 'failed';
    }
  }

  settle(events: readonly SealableEvent[]): void {
    for (const event of events) {
      const segment = this.segmentOf.get(event);
      if (!segment) continue;
      this.segmentOf.delete(event);
      if (--segment.open === 0) this.emptied(segment);
    }
  }

  takeBack(onTorn: (count: number) => void): SealableEvent[] {
    const segment = this.backlog.shift();
    if (!segment) return [];
    if (segment === this.current) this.closeCurrent();
    const { events, torn } = this.read(segment);
    this.spilledCount -= segment.open;
    if (torn > 0) onTorn(torn);
    segment.open = events.length;
    for (const event of events) this.segmentOf.set(event, segment);
    if (events.length === 0) this.emptied(segment);
    return events;
  }

  /**
   * Claims and reads the files of processes that have died on this host, one file after the other.
   * @param onTorn lines that a kill cut off; at most one a file unless the file was damaged otherwise
   */
  *abandoned(onTorn: (count: number) => void): Generator<SealableEvent[]> {
    const own = fileSafe(formatIdentity(ownIdentity()));
    for (const name of readdirSync(this.options.folder).sort()) {
      const owner = ownerOf(name);
      if (!owner || livenessOf(owner) !== 'dead') continue;
      const path = join(this.options.folder, `${own}-r${this.serial++}${SUFFIX}`);
      try {
        // Two starting processes may see the same file; only one of them can rename it.
        renameSync(join(this.options.folder, name), path);
      } catch {
        continue;
      }
      const segment: Segment = { path, fd: null, size: 0, open: 0, spilled: false };
      this.live.add(segment);
      const { events, torn } = this.read(segment);
      if (torn > 0) onTorn(torn);
      segment.open = events.length;
      for (const event of events) this.segmentOf.set(event, segment);
      if (events.length === 0) this.emptied(segment);
      else yield events;
    }
  }

  close(): void {
    this.write();
    const segment = this.current;
    this.closeCurrent();
    if (segment?.open === 0) this.emptied(segment);
  }

  private segmentFor(spilled: boolean): Segment {
    const limit = this.options.segmentBytes ?? 8_388_608;
    if (this.current && this.current.spilled === spilled && this.current.size < limit) return this.current;
    const previous = this.current;
    this.closeCurrent();
    if (previous?.open === 0) this.emptied(previous);
    const path = join(this.options.folder, `${fileSafe(formatIdentity(ownIdentity()))}-${this.serial++}${SUFFIX}`);
    const segment: Segment = { path, fd: openSync(path, 'ax', 0o600), size: 0, open: 0, spilled };
    this.live.add(segment);
    if (spilled) this.backlog.push(segment);
    this.current = segment;
    return segment;
  }

  /** A turn that serves many requests can be long on a busy machine; what was answered early in it must not wait. */
  private buffer(line: string): void {
    const now = performance.now();
    if (this.buffered === '') this.bufferedSince = now;
    this.buffered += line;
    if (now - this.bufferedSince >= MAX_BUFFERED_MS) this.write();
    else this.flush ??= setImmediate(() => this.write());
  }

  private write(): void {
    if (this.flush) clearImmediate(this.flush);
    this.flush = null;
    const text = this.buffered;
    this.buffered = '';
    if (text === '' || this.current?.fd == null) return;
    try {
      writeSync(this.current.fd, text);
    } catch (error) {
      this.options.onFailure?.(error);
    }
  }

  private closeCurrent(): void {
    this.write();
    if (this.current?.fd != null) closeSync(this.current.fd);
    if (this.current) this.current.fd = null;
    this.current = null;
  }

  private read(segment: Segment): { events: SealableEvent[]; torn: number } {
    try {
      return decodeLines(readFileSync(segment.path, 'utf8'));
    } catch (error) {
      this.options.onFailure?.(error);
      return { events: [], torn: segment.open };
    }
  }

  /** Nothing in the file is needed any more. The one being written is emptied in place, which saves making the next. */
  private emptied(segment: Segment): void {
    this.totalBytes -= segment.size;
    segment.size = 0;
    try {
      if (segment === this.current && segment.fd !== null) {
        // Its last lines may still wait for the end of this turn: they are settled too.
        this.buffered = '';
        ftruncateSync(segment.fd, 0);
        return;
      }
      this.live.delete(segment);
      unlinkSync(segment.path);
    } catch (error) {
      this.options.onFailure?.(error);
    }
  }
}

function fileSafe(identity: string): string {
  return identity.replaceAll(':', '~');
}

function ownerOf(name: string) {
  if (!name.endsWith(SUFFIX)) return null;
  const dash = name.lastIndexOf('-');
  return dash < 0 ? null : parseIdentity(name.slice(0, dash).replaceAll('~', ':'));
}
