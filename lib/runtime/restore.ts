import type { AuditEvent } from '../event/audit-event.interface.js';
import type { SealReceipt } from '../ledger/seal-receipt.interface.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import { FileSignerStateStore } from '../verification/signing/file.signer-state-store.js';
import { beginIncarnation, readEndedLog } from '../verification/signing/new-incarnation.js';
import { RestoreRefusedError } from '../verification/signing/restore-refused.error.js';
import { restoredEvent } from './checkpoint-events.js';

/** Who restored the database, and why. @publicApi */
export interface RestoreStatement {
  /** Who did it, as the log is to name them. */
  readonly operator: string;
  /** Why the database was restored, in words. */
  readonly reason: string;
}

/** What was recorded of a restore. @publicApi */
export interface RestoredLog {
  /** Name under which the log goes on. */
  readonly origin: string;
  readonly previousOrigin: string;
  /** What was signed last under the previous name. */
  readonly lastSigned: { readonly size: number; readonly root: string };
  /** Records that the restored database had. */
  readonly restoredSize: number;
  /** The event `audit.restored`. */
  readonly eventId: string;
  readonly logIndex: number;
}

export interface RestoreParts {
  readonly storage: Pick<AuditStorage, 'ledger' | 'checkpoints'>;
  readonly signing: { readonly origin: string; readonly stateFile: string };
  readonly seal: (event: AuditEvent) => Promise<SealReceipt>;
}

/**
 * Lets a log that was restored from a backup go on under a new name: the log says so in itself, and the signer's memory
 * begins the new name and keeps the old one as its predecessor.
 *
 * @throws {RestoreRefusedError} the signer goes on under that name already, the log had it before, or somebody signs
 * @throws {SignerStateError} nothing is known of what was signed before
 */
export async function goOnAfterRestore(
  { storage, signing: { origin, stateFile }, seal }: RestoreParts,
  statement: RestoreStatement,
): Promise<RestoredLog> {
  const memory = new FileSignerStateStore(stateFile);
  const ended = await readEndedLog(memory, origin);
  if (!ended) {
    throw new RestoreRefusedError(
      `The signer goes on as "${origin}" already. After a restore the log needs a name that it never had, such as ` +
        `"${origin}/2": make a key for it with keygen.`,
    );
  }
  if (ended.predecessors.some((predecessor) => predecessor.origin === origin)) {
    throw new RestoreRefusedError(`"${origin}" was the name of this log before. Take one that it never had.`);
  }
  const head = await storage.ledger.readHead();
  const { id, logIndex } = await seal(restoredEvent({ origin, ended, head, ...statement }));
  if (!(await beginIncarnation(memory, ended, origin))) {
    throw new RestoreRefusedError(
      'The signer was at work meanwhile, so its memory was not changed. Stop everything else that signs this log and ' +
        'try again.',
    );
  }
  await storage.checkpoints.nameLog(origin);
  return {
    origin,
    previousOrigin: ended.origin,
    lastSigned: { size: ended.size, root: ended.root },
    restoredSize: head.size,
    eventId: id,
    logIndex,
  };
}
