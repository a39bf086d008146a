import { basename, dirname, extname, join, resolve } from 'node:path';

/** Enough for any position below 2^53, so that names sort as numbers do. */
const DIGITS = 16;

/** The files of one log. All stand beside the one that is written to. */
export class LogPaths {
  /** The file that is written to, absolute, so that a later change of the working directory does no harm. */
  readonly active: string;
  readonly folder: string;
  /** Size, root and streams as of a moment ago; see {@link HeadFile}. */
  readonly head: string;
  /** One line for each file that was closed. */
  readonly manifest: string;
  /** Beginning of the names of lock files; a number follows. */
  readonly lock: string;
  readonly leases: string;
  readonly checkpoints: string;
  readonly states: string;
  /** What was done about deliveries, and the state that it led to. */
  readonly deliveries: string;
  readonly deliveryState: string;
  /** Folder of Merkle tiles. */
  readonly tiles: string;
  private readonly stem: string;
  private readonly extension: string;

  constructor(path: string) {
    this.active = resolve(path);
    this.folder = dirname(this.active);
    this.extension = extname(this.active);
    this.stem = basename(this.active, this.extension);
    this.head = `${this.active}.head`;
    this.manifest = `${this.active}.manifest`;
    this.lock = `${this.active}.lock`;
    this.leases = `${this.active}.leases`;
    this.checkpoints = `${this.active}.checkpoints`;
    this.deliveries = `${this.active}.deliveries`;
    this.deliveryState = `${this.active}.delivery-state`;
    this.states = `${this.active}.states`;
    this.tiles = `${this.active}.tiles`;
  }

  /** Name of a closed file by the position of its first record: `audit.0000000000001234.jsonl`. */
  segmentName(first: number): string {
    return `${this.stem}.${String(first).padStart(DIGITS, '0')}${this.extension}`;
  }

  /** Position of the first record by the name of a closed file; null for any other name. */
  firstOf(name: string): number | null {
    const { stem, extension } = this;
    if (!name.startsWith(`${stem}.`) || !name.endsWith(extension)) return null;
    const digits = name.slice(stem.length + 1, name.length - extension.length);
    return /^[0-9]{16}$/.test(digits) ? Number(digits) : null;
  }

  inFolder(name: string): string {
    return join(this.folder, name);
  }

  /** Where a torn end of the log is put aside. */
  torn(first: number, offset: number, attempt: number): string {
    return `${this.active}.torn-${first}-${offset}${attempt === 0 ? '' : `-${attempt}`}`;
  }
}
