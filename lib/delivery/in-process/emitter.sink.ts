import type { AuditSink } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import type { DeliveryResult } from '../delivery-result.js';
import { safeErrorText } from '../safe-error-text.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';

/** Node's EventEmitter fits, and EventEmitter2, which `@nestjs/event-emitter` uses. */
export interface EmitterLike {
  emit(event: string, payload: DeliveryItem): unknown;
  /** Preferred where it is there: it is waited for. */
  emitAsync?(event: string, payload: DeliveryItem): Promise<unknown>;
}

/** Options of the emitter sink. */
export interface EmitterSinkOptions extends SinkDispatchOptions {
  /** @default 'emitter' */
  readonly name?: string;
  readonly emitter: EmitterLike;
  /** Name of the event. @default 'audit.event' */
  readonly event?: string;
}

/**
 * Hands events to listeners in this process, each at least once, restarts included. An event whose listener throws is
 * `failed` and can be re-driven: a listener's bug must not stop all others for ever.
 *
 * @publicApi
 */
export class EmitterSink extends ConfigurableSink implements AuditSink {
  readonly #emitter: EmitterLike;
  private readonly event: string;

  /** @throws DeliveryConfigurationError if there is no emitter */
  constructor(options: EmitterSinkOptions) {
    super('emitter', options, ['emitter', 'event']);
    if (typeof options.emitter?.emit !== 'function')
      throw this.misconfigured('The option "emitter" is an EventEmitter.');
    this.#emitter = options.emitter;
    this.event = options.event ?? 'audit.event';
  }

  async deliver(batch: readonly DeliveryItem[]): Promise<DeliveryResult[]> {
    const results: DeliveryResult[] = [];
    for (const item of batch) results.push(await this.hand(item));
    return results;
  }

  private async hand(item: DeliveryItem): Promise<DeliveryResult> {
    try {
      if (this.#emitter.emitAsync) await this.#emitter.emitAsync(this.event, item);
      else this.#emitter.emit(this.event, item);
      return { status: 'delivered' };
    } catch (error) {
      return { status: 'rejected', error: `A listener threw: ${safeErrorText(error)}` };
    }
  }
}
