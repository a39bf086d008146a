import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildFolder } from '#module-location';
import type { SealableEvent } from '../event/sealable-event.js';
import type { Sealer, SealRequest } from '../ledger/queue/sealer.interface.js';
import type { SealReceipt } from '../ledger/seal-receipt.interface.js';
import type { FromThread, SealingThreadData, ThreadError, ToThread } from './messages.js';
import { packEvents } from './packed-events.js';
import { SealingThreadError } from './sealing-thread.error.js';

interface Turn {
  resolve(receipts: readonly SealReceipt[]): void;
  reject(error: Error): void;
}

/**
 * Seals on a thread of its own. When that thread dies, the batches on their way fail as unclear and the next one starts
 * a new thread.
 */
export class ThreadSealer implements Sealer {
  private thread: Promise<Worker> | null = null;
  private readonly turns = new Map<number, Turn>();
  private nextTurn = 0;
  private closing = false;

  /** @param onUntiled told when full tiles could not be stored */
  constructor(
    private readonly data: SealingThreadData,
    private readonly onUntiled: (error: Error) => void,
  ) {}

  /** @throws {SealingThreadError} the thread cannot open its store */
  async start(): Promise<void> {
    await this.ensureThread();
  }

  async seal(events: readonly SealableEvent[], { replay, receipts }: SealRequest): Promise<readonly SealReceipt[]> {
    const thread = await this.ensureThread();
    return new Promise((resolve, reject) => {
      const turn = this.nextTurn++;
      this.turns.set(turn, { resolve, reject });
      // Only a batch on its way keeps the process alive; an idle thread must not.
      thread.ref();
      const message: ToThread = { kind: 'seal', turn, events: packEvents(events), replay, receipts };
      thread.postMessage(message);
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    const thread = await this.thread?.catch(() => null);
    if (!thread) return;
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.ref();
    thread.postMessage({ kind: 'close' } satisfies ToThread);
    await exited;
  }

  private ensureThread(): Promise<Worker> {
    return (this.thread ??= this.spawn());
  }

  private spawn(): Promise<Worker> {
    return new Promise<Worker>((resolve, reject) => {
      const worker = new Worker(join(buildFolder, 'sealing-thread', 'sealing.worker.js'), {
        workerData: this.data,
        name: 'audit-sealing',
        // Flags of the application (loaders, inspectors, test runners) are none of this thread's business.
        execArgv: [],
      });
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') {
          worker.unref();
          resolve(worker);
        } else if (message.kind === 'unready') reject(revive(message.error));
        else if (message.kind === 'untiled') this.onUntiled(revive(message.error));
        else this.settle(message, worker);
      });
      const fail = (cause: unknown) => {
        const error = new SealingThreadError(cause);
        this.thread = null;
        reject(error);
        for (const turn of this.turns.values()) turn.reject(error);
        this.turns.clear();
      };
      worker.once('error', fail);
      worker.once('exit', (code) => (this.closing && code === 0 ? undefined : fail(`exit code ${code}`)));
    });
  }

  private settle(message: Extract<FromThread, { turn: number }>, worker: Worker): void {
    const turn = this.turns.get(message.turn);
    this.turns.delete(message.turn);
    if (this.turns.size === 0) worker.unref();
    if (message.kind === 'sealed') turn?.resolve(message.receipts);
    else turn?.reject(revive(message.error));
  }
}

function revive({ name, message, ...rest }: ThreadError): Error {
  return Object.assign(new Error(message), { name, ...rest });
}
