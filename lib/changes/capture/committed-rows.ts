import type { DataSource } from 'typeorm';
import { readByKeys } from '../rows/row-reader.js';
import type { RowImage, RowKey } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';

/** Nobody may wait long for a second connection while the first one holds locks. */
const PATIENCE_MS = 250;

/**
 * Rows as everybody else sees them, read on a connection of its own: what they were before the transaction that is open
 * on another connection wrote them.
 *
 * @returns undefined when no connection was free in time
 */
export async function committedRows(
  dataSource: DataSource,
  plan: TablePlan,
  keys: readonly RowKey[],
): Promise<Map<string, RowImage> | undefined> {
  const runner = dataSource.createQueryRunner('master');
  const connecting = runner.connect().then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, false).unref()));
  const connected = await Promise.race([connecting, timeout]).catch(() => false);
  clearTimeout(timer);
  if (!connected) {
    void connecting.then(() => runner.release()).catch(() => undefined);
    return undefined;
  }
  try {
    return await readByKeys(runner, plan, keys, '');
  } finally {
    await runner.release();
  }
}
