import type { SealableEvent } from '../../event/sealable-event.js';
import type { OutboxEntry, OutboxStore } from '../outbox-store.port.js';

/** Why a row can't be sealed: it is no event, or the store refuses it even in its reduced form. */
export type AsideReason = 'outbox_unreadable' | 'outbox_unstorable';

export interface OutboxMoverParts {
  readonly outbox: OutboxStore;
  readonly seal: (events: readonly SealableEvent[]) => Promise<void>;
  readonly reduced: (event: SealableEvent) => SealableEvent;
  /** Makes an event, with the row's id, of what something else than this library's outbox writer has written. */
  readonly translate?: (entry: OutboxEntry) => SealableEvent | null;
  readonly gapEvent: (entry: OutboxEntry, reason: AsideReason) => SealableEvent;
  readonly onFailure: (error: unknown) => void;
}

type SoundEntry = OutboxEntry & { readonly event: SealableEvent };

/**
 * Moves rows of the outbox into the log. A row that can't be sealed stays where it is, so that nothing is thrown away: an
 * `audit.gap` event tells of it, once, and from then on it is passed over. A later process comes to the same event.
 */
export class OutboxMover {
  moved = 0;
  private readonly aside = new Set<number>();

  constructor(private readonly parts: OutboxMoverParts) {}

  get setAside(): number {
    return this.aside.size;
  }

  isAside(position: number): boolean {
    return this.aside.has(position);
  }

  /** @throws what the stores throw; whatever was not removed is to be moved again */
  async move(rows: readonly OutboxEntry[]): Promise<void> {
    const entries = rows.map((row) => (row.event ? row : { ...row, event: this.translated(row) }));
    const sound = entries.filter((entry): entry is SoundEntry => entry.event !== null);
    if (sound.length > 0) {
      await this.seal(sound);
      const sealed = sound.filter(({ position }) => !this.aside.has(position));
      await this.parts.outbox.remove(sealed.map(({ position }) => position));
      this.moved += sealed.length;
    }
    for (const entry of entries) if (entry.event === null) await this.putAside(entry, 'outbox_unreadable');
  }

  private translated(row: OutboxEntry): SealableEvent | null {
    try {
      return this.parts.translate?.(row) ?? null;
    } catch (error) {
      this.parts.onFailure(error);
      return null;
    }
  }

  /** Halves the batch until the event that the store refuses stands alone. */
  private async seal(entries: readonly SoundEntry[]): Promise<void> {
    try {
      await this.sealOrRecognise(entries.map(({ event }) => event));
    } catch (error) {
      if (!isFinal(error)) throw error;
      if (entries.length === 1) return this.sealReduced(entries[0], error);
      const middle = entries.length >> 1;
      await this.seal(entries.slice(0, middle));
      await this.seal(entries.slice(middle));
    }
  }

  /** Somebody else may seal the same events between our look and our append: looking again finds them. */
  private async sealOrRecognise(events: readonly SealableEvent[]): Promise<void> {
    try {
      await this.parts.seal(events);
    } catch (error) {
      if ((error as { reason?: string }).reason !== 'duplicate') throw error;
      await this.parts.seal(events);
    }
  }

  private async sealReduced(entry: SoundEntry, cause: unknown): Promise<void> {
    this.parts.onFailure(cause);
    try {
      await this.parts.seal([this.parts.reduced(entry.event)]);
    } catch (error) {
      if (!isFinal(error)) throw error;
      await this.putAside(entry, 'outbox_unstorable');
    }
  }

  private async putAside(entry: OutboxEntry, reason: AsideReason): Promise<void> {
    await this.parts.seal([this.parts.gapEvent(entry, reason)]);
    this.aside.add(entry.position);
    this.parts.onFailure(
      new Error(
        `Row ${entry.position} of audit_outbox (event ${entry.eventId}) cannot be sealed: ` +
          `${reason === 'outbox_unreadable' ? 'it holds no event' : 'the store refuses it'}. It stays there, and an ` +
          'audit.gap event tells of it. Look at its payload, then delete the row.',
      ),
    );
  }
}

function isFinal(error: unknown): boolean {
  return (error as { transient?: boolean } | null)?.transient === false;
}
