import type { SqlDatabase } from '../storage/typeorm/sql-database.js';
import type { DoctorCheck } from './doctor-check.interface.js';
import { duration } from './terminal.js';

/** Beyond it the order of times in the log confuses people; nothing else depends on clocks. */
const MAX_SKEW_MS = 2_000;

const NOW: Readonly<Partial<Record<SqlDatabase['dialect']['name'], string>>> = {
  postgres: 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
  mysql: 'SELECT UNIX_TIMESTAMP(NOW(6)) * 1000 AS now',
};

/** The clocks of this machine, of the database's, and of whoever wrote the last event. */
export const checkClocks: DoctorCheck = async ({ storage: { database, ledger } }) => {
  const skew = database ? await serverSkew(database) : 0;
  const [last] = await ledger.findPage({ direction: 'descending', limit: 1 });
  const ahead = last ? Date.parse(last.occurredAt) - Date.now() : 0;
  const worst = Math.abs(skew) > Math.abs(Math.max(ahead, 0)) ? skew : Math.max(ahead, 0);
  if (Math.abs(worst) <= MAX_SKEW_MS) return [{ name: 'clock', status: 'good', message: 'the clocks agree' }];
  const whose = worst === skew ? "the database server's clock is" : 'the last event was written by a clock that is';
  return [
    {
      name: 'clock',
      status: 'bad',
      message: `${whose} ${duration(Math.abs(worst))} ${worst > 0 ? 'ahead of' : 'behind'} this machine's. Set the clocks by NTP.`,
    },
  ];
};

/** The least of a few, since an answer that took long says little. */
async function serverSkew(database: SqlDatabase): Promise<number> {
  const sql = NOW[database.dialect.name];
  if (sql === undefined) return 0;
  let best = { took: Infinity, skew: 0 };
  for (let n = 0; n < 3; n++) {
    const before = Date.now();
    const [{ now }] = await database.query<{ now: unknown }>(sql);
    const took = Date.now() - before;
    if (took < best.took) best = { took, skew: Number(now) - (before + took / 2) };
  }
  return best.skew;
}
