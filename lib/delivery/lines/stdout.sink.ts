import type { AuditSink } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';

/** What is needed of a stream. */
export interface LineStream {
  write(text: string, callback: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** Options of the stdout sink. */
export interface StdoutSinkOptions extends SinkDispatchOptions {
  /** @default 'stdout' */
  readonly name?: string;
  /** Another stream, e.g. `process.stderr`. @default process.stdout */
  readonly stream?: LineStream;
}

/**
 * Writes events to the standard output as JSON Lines, for log collectors of containers.
 *
 * @publicApi
 */
export class StdoutSink extends ConfigurableSink implements AuditSink {
  readonly #stream: LineStream;

  constructor(options: StdoutSinkOptions = {}) {
    super('stdout', options, ['stream'], { maxBatch: 1000 });
    this.#stream = options.stream ?? process.stdout;
  }

  async deliver(batch: readonly DeliveryItem[]): Promise<void> {
    const stream = this.#stream;
    await new Promise<void>((resolve, reject) => {
      // A closed pipe is an error event too, which would end the process if nobody listened.
      const ignore = (): void => undefined;
      stream.on('error', ignore);
      stream.write(batch.map(({ line }) => `${line}\n`).join(''), (error) => {
        setImmediate(() => stream.off('error', ignore));
        if (error) reject(error);
        else resolve();
      });
    });
  }
}
