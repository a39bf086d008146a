import { parentPort, workerData } from 'node:worker_threads';
import { InlineSealer } from '../ledger/inline-sealer.js';
import { Ledger } from '../ledger/ledger.js';
import { createEventSigner } from '../ledger/sealing/event-signer.factory.js';
import { createStorage } from '../storage/storage.factory.js';
import { TileKeeper } from '../verification/tiles/tile-keeper.js';
import { TileStoringSealer } from '../verification/tiles/tile-storing.sealer.js';
import { unpackEvents } from './packed-events.js';
import type { FromThread, SealingThreadData, ThreadError, ToThread } from './messages.js';

/*
 * Entry of the sealing thread: hashing, the Merkle tree and the database driver run here, so that a request pays for
 * capture alone. Its connection is its own.
 */
async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const send = (message: FromThread) => port.postMessage(message);
  const { storage: storageOptions, algorithm, eventSigning } = workerData as SealingThreadData;
  // The main thread has migrated already; a second migration here would only wait for locks.
  const storage = createStorage({ ...storageOptions, migrate: false });
  try {
    await storage.open();
  } catch (error) {
    send({ kind: 'unready', error: describe(error) });
    port.close();
    return;
  }
  const signer = eventSigning ? createEventSigner(eventSigning) : undefined;
  const sealer = new TileStoringSealer(
    new InlineSealer(new Ledger(storage.ledger, { algorithm, signer })),
    new TileKeeper(storage.ledger, storage.tiles),
    (error) => send({ kind: 'untiled', error: describe(error) }),
  );

  port.on('message', (message: ToThread) => {
    if (message.kind === 'close') {
      void sealer
        .close()
        .then(() => storage.close())
        .finally(() => port.close());
      return;
    }
    const { turn, events, replay, receipts } = message;
    sealer.seal(unpackEvents(events), { replay, receipts }).then(
      (sealed) => send({ kind: 'sealed', turn, receipts: receipts ? sealed : [] }),
      (error: unknown) => send({ kind: 'failed', turn, error: describe(error) }),
    );
  });
  send({ kind: 'ready' });
}

function describe(error: unknown): ThreadError {
  const { name, message, code, transient, reason } = error as ThreadError;
  return {
    name: String(name ?? 'Error'),
    message: String(message ?? error),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(transient === undefined ? {} : { transient }),
    ...(reason === undefined ? {} : { reason }),
  };
}

if (parentPort) void main(parentPort);
