import { RequiredDeliveryError } from '../delivery.errors.js';
import { pause } from '../delivery-clock.js';
import type { DispatchParts } from '../dispatch/dispatch-parts.js';
import type { DeliveryDispatcher } from '../dispatch/delivery-dispatcher.js';
import type { SinkRunner } from '../dispatch/sink-runner.js';

/** What is known of a sealed event when its receipt is waited for; a seal receipt fits. */
export interface SealedReference {
  readonly id: string;
  readonly logIndex: number;
}

/** How often to look when another process serves the sink. */
const POLL_MS = 100;

/** Waits until the sinks that events require have acknowledged them. */
export class RequiredReceipts {
  constructor(
    private readonly dispatcher: DeliveryDispatcher,
    private readonly parts: Pick<DispatchParts, 'store' | 'clock'>,
  ) {}

  /**
   * Resolves when each required sink has a receipt for the event, or its route does not send the event there.
   *
   * @throws RequiredDeliveryError if a sink is held, refuses the event, or takes too long
   */
  async wait(event: SealedReference, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const required = this.dispatcher.sinks.filter(({ binding }) => binding.required);
    await Promise.all(required.map((runner) => this.waitFor(runner, event, timeoutMs, signal)));
  }

  private async waitFor(
    runner: SinkRunner,
    event: SealedReference,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const { clock } = this.parts;
    const deadline = clock.now() + timeoutMs;
    const { name } = runner.binding;
    for (;;) {
      const moved = new AbortController();
      const stop = this.dispatcher.onCommitted(({ sink }) => sink === name && moved.abort());
      try {
        runner.wake();
        if (await this.isDone(name, event)) return;
        if (signal?.aborted) throw new RequiredDeliveryError(name, 'stopped', 'waiting for it was ended.');
        const left = deadline - clock.now();
        if (left <= 0) throw new RequiredDeliveryError(name, 'timeout', `it took longer than ${timeoutMs} ms.`);
        const wake = signal ? AbortSignal.any([moved.signal, signal]) : moved.signal;
        await pause(clock, runner.isServing ? left : Math.min(left, POLL_MS), wake);
      } finally {
        stop();
      }
    }
  }

  private async isDone(sink: string, { id, logIndex }: SealedReference): Promise<boolean> {
    const { store } = this.parts;
    const cursor = await store.readCursor(sink);
    const [receipt] = await store.readReceipts(sink, [id]);
    if (receipt?.status === 'delivered') return true;
    if (receipt?.status === 'failed')
      throw new RequiredDeliveryError(sink, 'failed', receipt.lastError ?? 'it was refused.');
    if (cursor?.state === 'held') throw new RequiredDeliveryError(sink, 'held', cursor.lastError ?? 'it refuses us.');
    if (receipt || cursor === null || cursor.nextIndex <= logIndex) {
      if (receipt && cursor && cursor.nextIndex > logIndex) {
        throw new RequiredDeliveryError(sink, 'held', receipt.lastError ?? 'it is kept back.');
      }
      return false;
    }
    return true; // the cursor went past it without a receipt: it is not meant for this sink
  }
}
