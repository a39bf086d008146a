import type { FieldChange } from '../../event/audit-event.interface.js';
import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import { diffJson } from '../rows/json-diff.js';
import type { RowChange } from './row-change.interface.js';
import { RowFields } from './row-fields.js';
import type { RowState, StateDoubt, StateDoubtReason } from './row-state.interface.js';

type Change = FieldChange & { readonly old?: JsonValue; readonly new?: JsonValue };

/**
 * Folds the history of a row into its state at a moment. A row that was there before it was recorded has no beginning;
 * then what later changes found in it tells more of what it was.
 */
export class RowFold {
  private fields: RowFields | null = null;
  private begun = false;
  private seen = false;
  private lastChange: RowChange | null = null;
  private doubts: StateDoubt[] = [];
  private readonly known = new Set<string>();

  constructor(private readonly at: string) {}

  /** @returns false when nothing that comes later can tell more */
  take(change: RowChange): boolean {
    if (change.occurredAt > this.at) return this.lookBack(change);
    if (change.kind === 'gap' || change.kind === 'bulk') {
      if (!this.begun || this.fields) this.doubt(change.kind, change, pathsOf(change.changes ?? []));
      return true;
    }
    this.seen = true;
    this.lastChange = change;
    this.apply(change);
    return true;
  }

  result(): RowState {
    const doubts = this.begun
      ? this.doubts
      : [{ reason: 'no_beginning', eventId: null, paths: [] } as const, ...this.doubts];
    return { state: this.fields?.root ?? null, complete: doubts.length === 0, doubts, lastChange: this.lastChange };
  }

  private apply(change: RowChange): void {
    if (change.kind === 'create' || change.kind === 'delete') {
      this.fields = change.kind === 'create' ? new RowFields() : null;
      this.begun = true;
      this.doubts = [];
    }
    if (change.kind === 'delete') return;
    this.fields ??= new RowFields();
    if (change.changes === null) return this.doubt('erased', change, []);
    const changes = change.changes as readonly Change[];
    this.compare(change, changes, this.fields);
    for (const field of changes) this.applyField(change, field, this.fields);
    const cut = changes.filter((field) => isCut(field.new));
    if (change.flags.includes('degraded') || cut.length > 0) this.doubt('incomplete', change, pathsOf(cut));
  }

  private applyField({ kind }: RowChange, { path, ...sides }: Change, fields: RowFields): void {
    if (path === '') return;
    this.known.add(path);
    if (kind === 'link' && sides.new !== undefined) fields.link(path, sides.new);
    else if (kind === 'unlink' && sides.old !== undefined) fields.unlink(path, sides.old);
    else if (sides.new === undefined) fields.remove(path);
    else fields.set(path, sides.new);
  }

  /** What a change found must be what the one before it left. */
  private compare(change: RowChange, changes: readonly Change[], fields: RowFields): void {
    if (change.kind === 'link' || change.kind === 'unlink' || change.kind === 'create') return;
    const differing = changes.filter(({ path, old }) => {
      if (old === undefined || (!this.begun && !this.isKnown(path))) return false;
      const left = fields.get(path) ?? null;
      return !isMark(old) && !isMark(left) && diffJson(path, left, old).length > 0;
    });
    if (differing.length > 0) this.doubt('unseen', change, pathsOf(differing));
  }

  /** A change after the moment: what it found in a field that nothing is known of was there at the moment. */
  private lookBack(change: RowChange): boolean {
    if (this.begun) return false;
    if (change.kind === 'gap' || change.kind === 'bulk') return true;
    if (change.kind === 'create') {
      this.begun = !this.seen;
      return false;
    }
    this.fields ??= new RowFields();
    if (change.kind === 'link' || change.kind === 'unlink') return true;
    for (const { path, old } of (change.changes ?? []) as readonly Change[]) {
      if (path === '' || this.isKnown(path)) continue;
      this.known.add(path);
      if (old !== undefined && old !== null) this.fields.set(path, old);
    }
    // A deleted row is recorded with all that was in it.
    if (change.kind === 'delete' && change.changes !== null) this.begun = true;
    return !this.begun;
  }

  private isKnown(path: string): boolean {
    if (this.known.has(path)) return true;
    for (const other of this.known) {
      if (other.startsWith(`${path}.`) || path.startsWith(`${other}.`)) return true;
    }
    return false;
  }

  private doubt(reason: StateDoubtReason, { eventId }: RowChange, paths: readonly string[]): void {
    this.doubts.push({ reason, eventId, paths });
  }
}

function pathsOf(changes: readonly FieldChange[]): string[] {
  return changes.map(({ path }) => path);
}

/** A value of which only the digest was recorded. */
function isCut(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { truncated?: unknown }).truncated === true;
}

/** Something that stands for a value and need not be equal to another mark for the same one. */
function isMark(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('[REDACTED');
  return isCut(value) || (typeof value === 'object' && value !== null && JSON.stringify(value).includes('"$redacted"'));
}
