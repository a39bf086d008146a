import type { SectionName } from '../../event/audit-event.interface.js';
import { DeliveryConfigurationError } from '../delivery.errors.js';
import type { RetryPolicy } from '../retry/index.js';
import type { RouteFilter, RouteFunction } from '../routing/route.interface.js';
import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';

const DISPATCH_OPTIONS = [
  'when',
  'sections',
  'required',
  'startAt',
  'maxBatch',
  'maxBatchBytes',
  'lingerMs',
  'timeoutMs',
  'retry',
] as const satisfies readonly (keyof SinkDispatchOptions)[];

/** What the sinks of this library share: a name, and the options that the dispatcher reads from the sink itself. */
export abstract class ConfigurableSink implements SinkDispatchOptions {
  readonly name: string;
  readonly when?: RouteFilter | RouteFunction;
  readonly sections?: readonly SectionName[];
  readonly required?: boolean;
  readonly startAt?: 'start' | 'now';
  readonly maxBatch?: number;
  readonly maxBatchBytes?: number;
  readonly lingerMs?: number;
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;

  /**
   * @param own names of the options that this kind of sink has of its own
   * @param defaults what this kind of sink prefers where nothing is given
   * @throws DeliveryConfigurationError for an unknown option: a typing error does harm
   */
  protected constructor(
    readonly kind: string,
    options: SinkDispatchOptions & { readonly name?: string },
    own: readonly string[],
    defaults: Partial<SinkDispatchOptions> = {},
  ) {
    this.name = options.name ?? kind;
    const allowed = ['name', 'type', ...own, ...DISPATCH_OPTIONS];
    const unknown = Object.keys(options).filter((name) => !allowed.includes(name));
    if (unknown.length > 0) {
      throw new DeliveryConfigurationError(
        `A sink of type "${kind}" has no option ${unknown.map((name) => `"${name}"`).join(', ')}. ` +
          `Allowed are: ${allowed.sort().join(', ')}.`,
      );
    }
    for (const name of DISPATCH_OPTIONS) {
      const value = options[name] ?? defaults[name];
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }

  /** @throws DeliveryConfigurationError unless the value is a whole number from `min` to `max` */
  protected whole(option: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    throw this.misconfigured(`The option "${option}" is a whole number ${range}, got ${String(value)}.`);
  }

  protected misconfigured(problem: string): DeliveryConfigurationError {
    return new DeliveryConfigurationError(`Audit sink "${this.name}": ${problem}`);
  }
}
