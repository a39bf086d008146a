import type { EventFilter, LedgerStore, StoredEvent } from '../../ledger/ledger-store.port.js';
import { readRowChange } from './read-row-change.js';
import { RowFold } from './row-fold.js';
import type { RowChange } from './row-change.interface.js';
import type { RowState } from './row-state.interface.js';

const PAGE = 200;

/** Reads from the log what became of single rows. */
export class ChangeHistory {
  constructor(private readonly store: Pick<LedgerStore, 'findPage'>) {}

  /**
   * Every step of a row, in the order of the log; writes to many rows and counted losses among them where they may have
   * concerned it. Read in pages as the consumer goes on.
   */
  async *of(resourceType: string, resourceId: string): AsyncGenerator<RowChange, void, undefined> {
    const own = this.changes({ resourceType, resourceId });
    const first = await own.next();
    if (first.done) return;
    // What was before the row was made can't have concerned it.
    const start = first.value.kind === 'create' ? first.value.logIndex : undefined;
    const others = [
      this.changes({ resourceType, resourceId: null }, start),
      this.changes({ action: 'audit.gap' }, start),
    ];
    let exists = true;
    for await (const change of merge([resumed(first.value, own), ...others])) {
      if (change.kind === 'bulk' && !exists) continue;
      if (change.kind === 'delete') exists = false;
      else if (change.kind !== 'bulk' && change.kind !== 'gap') exists = true;
      yield change;
    }
  }

  /** @param at RFC 3339, UTC, microseconds; the moment itself is included */
  async stateAt(resourceType: string, resourceId: string, at: string): Promise<RowState> {
    const fold = new RowFold(at);
    for await (const change of this.of(resourceType, resourceId)) {
      if (!fold.take(change)) break;
    }
    return fold.result();
  }

  private async *changes(filter: EventFilter, from?: number): AsyncGenerator<RowChange, void, undefined> {
    let after = from;
    for (;;) {
      const rows: StoredEvent[] = await this.store.findPage({
        ...filter,
        direction: 'ascending',
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const row of rows) {
        const change = readRowChange(row);
        if (change) yield change;
      }
      if (rows.length < PAGE) return;
      after = rows[rows.length - 1].logIndex;
    }
  }
}

/** A generator whose first value was taken out. */
async function* resumed<T>(first: T, rest: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* rest;
}

/** Several ascending sequences as one. */
async function* merge(
  sources: readonly AsyncGenerator<RowChange, void, undefined>[],
): AsyncGenerator<RowChange, void, undefined> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let lowest: { readonly value: RowChange; readonly from: number } | undefined;
    heads.forEach((head, from) => {
      if (!head.done && (!lowest || head.value.logIndex < lowest.value.logIndex)) lowest = { value: head.value, from };
    });
    const next = lowest as { readonly value: RowChange; readonly from: number } | undefined;
    if (!next) return;
    yield next.value;
    heads[next.from] = await sources[next.from].next();
  }
}
