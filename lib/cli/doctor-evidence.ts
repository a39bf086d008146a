import { readProgress } from '../verification/checkpoints/checkpoint-progress.js';
import type { Diagnosis, DoctorCheck } from './doctor-check.interface.js';
import { count, duration } from './terminal.js';

/** A nightly job that is late by an hour is late. */
const VERIFICATION_DUE_MS = 25 * 3_600_000;
/** Far more than any publisher waits. */
const ANCHOR_DUE_MS = 15 * 60_000;

/** Whether checkpoints are made and get away from here. */
export const checkCheckpoints: DoctorCheck = async ({ storage: { checkpoints, ledger } }) => {
  const { size, anchoredSize, unanchoredSince } = await readProgress(checkpoints, ledger);
  const { size: records } = await ledger.readHead();
  if (size === null) {
    const message = 'there are none: whoever owns the database can rewrite all of it unseen. Set the option "signing"';
    return [{ name: 'checkpoints', status: records === 0 ? 'note' : 'bad', message }];
  }
  const age = unanchoredSince === null ? 0 : Date.now() - Date.parse(unanchoredSince);
  const signed: Diagnosis = {
    name: 'checkpoints',
    status: 'good',
    message: `${count(size)} of ${count(records)} records are signed`,
  };
  if (age <= ANCHOR_DUE_MS) {
    return [
      signed,
      { name: 'anchors', status: 'good', message: `${count(anchoredSize)} of ${count(records)} records are anchored` },
    ];
  }
  const message =
    anchoredSize === 0
      ? 'no checkpoint was ever anchored: set checkpoints.anchors to a place that the database cannot reach'
      : `the oldest event that is not anchored is ${duration(age)} old: find out why the anchors do not get checkpoints`;
  return [signed, { name: 'anchors', status: 'bad', message }];
};

/** Whether somebody looks. */
export const checkVerification: DoctorCheck = async ({ storage: { ledger } }) => {
  const newest = async (action: string) => {
    const [row] = await ledger.findPage({ action, direction: 'descending', limit: 1 });
    return row ?? null;
  };
  const [verified, violation] = [await newest('audit.verified'), await newest('audit.integrity_violation')];
  const diagnoses: Diagnosis[] = [];
  if (violation && violation.logIndex > (verified?.logIndex ?? -1)) {
    diagnoses.push({
      name: 'integrity',
      status: 'bad',
      message: `a violation was recorded at ${violation.occurredAt} (event ${violation.eventId}), and no good verification since`,
    });
  }
  const age = verified ? Date.now() - Date.parse(verified.occurredAt) : Infinity;
  diagnoses.push(
    !verified
      ? {
          name: 'verification',
          status: 'bad',
          message: 'no verification was ever recorded: switch the nightly one on, or run "verify"',
        }
      : age > VERIFICATION_DUE_MS
        ? {
            name: 'verification',
            status: 'bad',
            message: `the last one was ${duration(age)} ago: find out why the nightly one does not run`,
          }
        : { name: 'verification', status: 'good', message: `the last one was ${duration(Math.max(age, 0))} ago` },
  );
  return diagnoses;
};

/** Whether events get into the log. */
export const checkSealing: DoctorCheck = async ({ storage: { outbox, leases } }) => {
  const waiting = await outbox.count();
  const alive = (await leases.list('boot:')).filter(({ expiresAt }) => expiresAt > Date.now()).length;
  const processes: Diagnosis = {
    name: 'processes',
    status: 'good',
    message: alive === 0 ? 'none is running' : `${alive} running`,
  };
  if (waiting === 0) return [processes];
  const stuck = alive === 0;
  return [
    processes,
    {
      name: 'outbox',
      status: stuck ? 'bad' : 'note',
      message: `${count(waiting)} events wait to be sealed${stuck ? ', and no process is running that does it' : ''}`,
    },
  ];
};
