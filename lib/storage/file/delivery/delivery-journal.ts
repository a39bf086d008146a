import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { DeliveryReceipt, SinkCursor } from '../../../delivery/delivery-store.port.js';
import { MemoryDeliveryStore } from '../../memory/delivery.memory-store.js';
import { scanLines } from '../io/line-scanner.js';
import { toStoreError } from '../io/to-store-error.js';
import { FILE_MODE, writeAtomically } from '../io/write-atomically.js';
import { stampOf } from '../log/file-stamp.js';
import { openForReading } from '../log/segment-files.js';
import { formatDeliveryLine, parseDeliveryLine } from './delivery-line.js';
import type { DeliveryLine } from './delivery-line.js';
import { ReceiptZones } from './receipt-zones.js';
import type { ReceiptZone } from './receipt-zones.js';

/** The state is written after so many bytes of the journal, so that a start reads no more of it than that. */
const BYTES_PER_STATE = 4_000_000;
const LINES_AT_A_TIME = 100;
const ALL = Number.MAX_SAFE_INTEGER;

/** The state as of a byte of the journal. */
interface StoredState {
  readonly v: 1;
  readonly end: number;
  readonly cursors: readonly SinkCursor[];
  readonly open: readonly DeliveryReceipt[];
  readonly zones: { zones: ReceiptZone[]; zoneBytes: number };
}

/**
 * What was done about deliveries, line by line. Cursors and receipts of what is not delivered are kept in memory; those
 * of delivered events stay in the file.
 */
export class DeliveryJournal {
  /** Cursors, and receipts of events that are not delivered. */
  open = new MemoryDeliveryStore();
  zones = new ReceiptZones();
  private end = 0;
  private inode: number | null = null;
  private stateEnd = 0;

  constructor(
    private readonly path: string,
    private readonly statePath: string,
  ) {}

  /** Takes in what is in the file and was not read yet. */
  async catchUp(): Promise<void> {
    const stamp = stampOf(this.path);
    if ((stamp?.inode ?? null) !== this.inode || (stamp?.bytes ?? 0) < this.end) await this.restore();
    if ((stamp?.bytes ?? 0) === this.end) return;
    const file = await openForReading(this.path);
    if (!file) return;
    try {
      const { size } = await file.stat();
      while (await this.takeIn(file, size)) continue;
    } finally {
      await file.close();
    }
  }

  /** Writes what is done, whole or not at all, and does it. */
  async write(line: DeliveryLine): Promise<void> {
    const text = formatDeliveryLine(line);
    const from = this.end;
    try {
      const file = await open(this.path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
      try {
        // What a failed or killed write has left does not count.
        await file.truncate(from);
        await file.write(text, from);
        this.inode = (await file.stat()).ino;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw toStoreError(error, this.path, 'written');
    }
    await this.apply(line, from, from + Buffer.byteLength(text));
    if (this.end - this.stateEnd >= BYTES_PER_STATE) await this.saveState();
  }

  /** Visits the lines of some parts of the file. */
  async visit(wanted: (zone: ReceiptZone) => boolean, visit: (line: DeliveryLine) => void): Promise<void> {
    const file = await openForReading(this.path);
    try {
      for (const zone of this.zones.zones) {
        if (!file || !wanted(zone)) continue;
        await scanLines(file, zone.from, Math.min(zone.to, this.end), (bytes) => {
          const line = parseDeliveryLine(bytes);
          if (line) visit(line);
        });
      }
    } finally {
      await file?.close();
    }
  }

  /** Writes the state down, so that the next start need not read the journal. */
  async saveState(): Promise<void> {
    if (this.end === this.stateEnd) return;
    const state: StoredState = {
      v: 1,
      end: this.end,
      cursors: await this.open.readCursors(),
      open: await this.open.findReceipts({ limit: ALL }),
      zones: this.zones.state() as StoredState['zones'],
    };
    try {
      const file = await open(this.path, 'r');
      await file.datasync().finally(() => file.close());
      await writeAtomically(this.statePath, `${JSON.stringify(state)}\n`);
      this.stateEnd = this.end;
    } catch (error) {
      throw toStoreError(error, this.statePath, 'written');
    }
  }

  /** @returns whether there was anything */
  private async takeIn(file: FileHandle, size: number): Promise<boolean> {
    const lines: { line: DeliveryLine | null; from: number; to: number }[] = [];
    await scanLines(file, this.end, size, (bytes, from, to) => {
      lines.push({ line: parseDeliveryLine(bytes), from, to });
      return lines.length < LINES_AT_A_TIME;
    });
    for (const { line, from, to } of lines) await this.apply(line, from, to);
    return lines.length > 0;
  }

  private async apply(line: DeliveryLine | null, from: number, to: number): Promise<void> {
    this.zones.add(line, from, to);
    this.end = to;
    const { open } = this;
    if (line?.do === 'create') await open.createCursor(line.cursor);
    if (line?.do === 'expedite') await open.expedite(line.sink);
    if (line?.do === 'redrive') await open.redrive(line.selection, line.now);
    if (line?.do === 'remove') await open.removeReceipts(line.sink, line.eventIds);
    if (line?.do !== 'commit') return;
    await open.commit(line.cursor, line.receipts);
    for (const { sink, eventId, status } of line.receipts) {
      if (status === 'delivered') open.drop(sink, eventId);
    }
  }

  /** Begins anew, from the state that was written last if it is one of this file. */
  private async restore(): Promise<void> {
    const stamp = stampOf(this.path);
    const state = await this.readState();
    const fits = state !== null && stamp !== null && state.end <= stamp.bytes;
    this.open = new MemoryDeliveryStore();
    this.zones = fits ? ReceiptZones.of(state.zones) : new ReceiptZones();
    this.end = fits ? state.end : 0;
    this.stateEnd = this.end;
    this.inode = stamp?.inode ?? null;
    if (!fits) return;
    for (const cursor of state.cursors) await this.open.createCursor(cursor);
    for (const cursor of state.cursors) {
      await this.open.commit(
        cursor,
        state.open.filter(({ sink }) => sink === cursor.sink),
      );
    }
  }

  private async readState(): Promise<StoredState | null> {
    try {
      const state = JSON.parse(await readFile(this.statePath, 'utf8')) as StoredState;
      return state.v === 1 && Number.isSafeInteger(state.end) ? state : null;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw toStoreError(error, this.statePath, 'read');
    }
  }
}
