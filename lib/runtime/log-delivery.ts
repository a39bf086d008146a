import { DeliveryService } from '../delivery/delivery.service.js';
import type { FlushSchedule } from '../delivery/flush-schedule.port.js';
import type { SpoolStore } from '../delivery/service/remote-spool.js';
import type { DeliveryAlarm } from '../delivery/delivery-alarm.js';
import { formatIdentity, ownIdentity } from '../ledger/process/process-identity.js';
import type { LogCheckpointsParts } from './log-checkpoints.js';

/** What happens by itself again is worth a line; the rest wants a person. */
const GOOD_NEWS: readonly DeliveryAlarm['kind'][] = ['sink_recovered'];

/** Delivery of a running trail. Without sinks it does nothing and costs nothing. */
export function createDelivery(
  { options, storage, pipeline, failures, log }: LogCheckpointsParts,
  schedule?: FlushSchedule,
): DeliveryService {
  const { mode, sinks, flushEvery } = options.delivery;
  const { ledger } = storage;
  const spool = mode === 'remote' && ledger.discardBelow ? (ledger as SpoolStore) : undefined;
  if (mode === 'remote' && !spool) {
    log.warn(
      `Audit trail: a ${storage.kind} store cannot let go of what was delivered: mode "remote" keeps everything.`,
    );
  }
  return new DeliveryService(
    { mode, sinks, flushEveryMs: flushEvery },
    {
      log: ledger,
      store: storage.delivery,
      leases: storage.leases,
      holder: formatIdentity(ownIdentity()),
      spool,
      schedule,
      record: (event) => pipeline.seal(event),
      onAlarm: ({ kind, message, ...context }) => {
        if (GOOD_NEWS.includes(kind)) log.log(`Audit trail: ${message}`);
        else failures.report(`delivery.${kind}`, new Error(message), context);
      },
    },
  );
}
