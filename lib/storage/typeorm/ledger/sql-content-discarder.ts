import { discardable } from '../../../ledger/discarded-event.js';
import type { DiscardOptions } from '../../../ledger/ledger-store.port.js';
import type { SqlDatabase } from '../sql-database.js';
import type { SqlResult, SqlStatement, SqlTransaction } from '../sql-transaction.js';
import { SELECT_HEAD, toLogHead } from './head-rows.js';
import type { HeadRow } from './head-rows.js';

/** Rows of one transaction: few enough that whoever appends does not notice. */
const BATCH = 500;

/** Columns that hold content, and what is written in its place. The guards of the schema allow exactly this. */
const EMPTIED =
  "record = '', action = '', outcome = '', severity = '', actor_id = NULL, actor_type = '', resource_type = NULL, " +
  'resource_id = NULL, tenant_id = NULL, request_id = NULL, correlation_id = NULL';

/** Lets go of the content of delivered events, in transactions of a few hundred. */
export class SqlContentDiscarder {
  constructor(private readonly database: SqlDatabase) {}

  async discardBelow(logIndex: number, options: DiscardOptions): Promise<number> {
    let discarded = 0;
    for (;;) {
      const head = toLogHead(await this.database.query<HeadRow>(SELECT_HEAD));
      const from = head.discardedBelow ?? 0;
      const until = Math.min(discardable(logIndex, head), from + BATCH);
      if (until <= from) return discarded;
      discarded += await this.database.transaction((tx) => discard(tx, from, until, options));
    }
  }
}

/** The head last: its row is what everybody who appends waits for. */
function* discard(
  tx: SqlTransaction,
  from: number,
  until: number,
  { keepSections }: DiscardOptions,
): Generator<SqlStatement, number, SqlResult> {
  const count = yield* tx.execute(
    `UPDATE audit_event SET ${EMPTIED}${keepSections ? '' : ', sections = NULL'} ` +
      "WHERE log_index >= ? AND log_index < ? AND record <> ''",
    [from, until],
  );
  yield* tx.execute('UPDATE audit_head SET discarded_below = ? WHERE id = 1 AND discarded_below < ?', [until, until]);
  return count;
}
