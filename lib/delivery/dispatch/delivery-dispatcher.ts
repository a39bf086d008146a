import type { SinkCursor } from '../delivery-store.port.js';
import { UnknownSinkError } from '../delivery.errors.js';
import { DeliveryConfigurationError } from '../delivery.errors.js';
import { safeErrorText } from '../safe-error-text.js';
import type { DispatchParts } from './dispatch-parts.js';
import type { SinkBinding } from './sink-binding.js';
import { SinkRunner } from './sink-runner.js';

/** After the drain a sink has so long to close its connections. */
const CLOSE_MS = 2000;

/**
 * Brings sealed events to every sink, in order, at least once, away from the request path. It reads the log; nothing
 * has to be handed to it but a hint that there is news.
 *
 * @publicApi
 */
export class DeliveryDispatcher {
  private readonly runners = new Map<string, SinkRunner>();
  private readonly listeners = new Set<(cursor: SinkCursor) => void>();
  private stopped: Promise<void> | null = null;

  /** @throws DeliveryConfigurationError if two sinks have the same name */
  constructor(
    bindings: readonly SinkBinding[],
    private readonly parts: DispatchParts,
  ) {
    for (const binding of bindings) {
      if (this.runners.has(binding.name)) {
        throw new DeliveryConfigurationError(
          `Two sinks are named "${binding.name}"; they would share one cursor and each would miss events. Rename one.`,
        );
      }
      const runner = new SinkRunner(binding, parts, (cursor) => this.committed(cursor));
      this.runners.set(binding.name, runner);
    }
  }

  get sinks(): readonly SinkRunner[] {
    return [...this.runners.values()];
  }

  /** @throws UnknownSinkError */
  sink(name: string): SinkRunner {
    const runner = this.runners.get(name);
    if (!runner) throw new UnknownSinkError(name, [...this.runners.keys()]);
    return runner;
  }

  /** Begins to deliver, what was left pending by an earlier process first. */
  start(): void {
    for (const runner of this.runners.values()) runner.start();
  }

  /** There are new events. Returns at once and may be called as often as one likes. */
  notify(): void {
    for (const runner of this.runners.values()) runner.hint();
  }

  /** Looks for work of every sink now, as its timer would. */
  wake(): void {
    for (const runner of this.runners.values()) runner.wake();
  }

  /** Calls back after each commit of a cursor by this process. @returns stops that */
  onCommitted(listener: (cursor: SinkCursor) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when every sink has delivered all there is, or waits out a failure, or is served by another process. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.whenIdle()));
  }

  /**
   * Delivers what there is, all sinks at once, then stops for good. What is left stays pending in the log.
   * @param drainMs how long to go on delivering, in milliseconds; half-done calls are cut off then
   */
  stop(drainMs: number): Promise<void> {
    this.stopped ??= Promise.all([...this.runners.values()].map((runner) => this.end(runner, drainMs))).then(
      () => undefined,
    );
    return this.stopped;
  }

  private async end(runner: SinkRunner, drainMs: number): Promise<void> {
    await runner.stop(drainMs);
    const closed = Promise.resolve()
      .then(() => runner.binding.sink.close?.())
      .catch((error: unknown) => runner.reporter.alarm('sink_failing', `Closing it failed: ${safeErrorText(error)}.`));
    let cancel: (() => void) | undefined;
    const late = new Promise<void>((resolve) => (cancel = this.parts.clock.schedule(CLOSE_MS, resolve)));
    await Promise.race([closed, late]);
    cancel?.();
  }

  private committed(cursor: SinkCursor): void {
    for (const listener of this.listeners) listener(cursor);
  }
}
