import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import { Ledger } from '../ledger/ledger.js';
import { InlineSealer } from '../ledger/inline-sealer.js';
import type { Sealer } from '../ledger/queue/sealer.interface.js';
import { createEventSigner } from '../ledger/sealing/event-signer.factory.js';
import type { EventSigningKey } from '../ledger/sealing/event-signer.factory.js';
import { ThreadSealer } from '../sealing-thread/thread-sealer.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import { TileKeeper } from '../verification/tiles/tile-keeper.js';
import { TileStoringSealer } from '../verification/tiles/tile-storing.sealer.js';
import type { FailureReporter } from './failure-reporter.js';

const SHAREABLE = ['sqlite', 'postgres', 'mysql'];

/**
 * A sealer that also has full tiles stored: on a thread of its own for stores that another thread can open by file or URL; this thread for the others, and for a
 * signer of the application, which cannot cross threads.
 */
export async function createSealer(
  options: ResolvedAuditOptions,
  storage: AuditStorage,
  failures: FailureReporter,
): Promise<Sealer> {
  const { hashAlgorithm, sources, queue, signing, storage: location } = options;
  // Only an algorithm that somebody asked for has to agree with an existing log.
  const algorithm = sources.hashAlgorithm?.includes('default') ? undefined : hashAlgorithm;
  const ownSigner = signing?.events?.signer;
  const eventSigning = ownSigner || !signing?.events ? undefined : keyOf(signing.events);
  const onUntiled = (error: unknown) => failures.report('tiles', error);
  if (queue.thread !== 'inline' && !ownSigner && SHAREABLE.includes(location.type) && location.path !== ':memory:') {
    const sealer = new ThreadSealer({ storage: location, algorithm, eventSigning }, onUntiled);
    await sealer.start();
    return sealer;
  }
  const signer = ownSigner ?? (eventSigning ? createEventSigner(eventSigning) : undefined);
  const sealer = new InlineSealer(new Ledger(storage.ledger, { algorithm, signer }));
  return new TileStoringSealer(sealer, new TileKeeper(storage.ledger, storage.tiles), onUntiled);
}

/** As plain data that can cross into a thread. */
function keyOf({ algorithm, keyFile, key, keyId }: EventSigningKey): EventSigningKey {
  return {
    algorithm,
    ...(keyFile !== undefined && { keyFile }),
    ...(key !== undefined && { key }),
    ...(keyId !== undefined && { keyId }),
  };
}
