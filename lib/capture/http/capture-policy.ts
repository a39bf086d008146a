import type { CaptureOptions } from '../capture-options.interface.js';
import type { Durability } from '../event-recorder.port.js';
import type { HandlerFacts } from '../handler/handler-facts.js';
import type { HttpExchange } from './http-exchange.js';
import { PathMatcher } from './path-matcher.js';

/** Which requests become events, and when. */
export class CapturePolicy {
  private readonly methods: ReadonlySet<string>;
  private readonly excluded: PathMatcher;

  constructor(private readonly options: Pick<CaptureOptions, 'http' | 'durability'>) {
    this.methods = new Set(options.http.methods);
    this.excluded = new PathMatcher(options.http.excludePaths);
  }

  /** Whether a request with this handler may become an event that is more than a refusal. */
  concerns(method: string, handler: HandlerFacts | undefined): boolean {
    if (!this.options.http.enabled) return false;
    if (handler === undefined) return this.methods.has(method);
    return !handler.skip && (handler.explicit || this.methods.has(method));
  }

  /** @param status undefined when the client went away before there was an answer */
  records(exchange: HttpExchange, status: number | undefined): boolean {
    const { handler, annotation } = exchange;
    if (handler?.skip || !this.options.http.enabled) return false;
    const wanted =
      this.concerns(exchange.method, handler) || status === 401 || status === 403 || annotation?.outcome === 'denied';
    return wanted && !this.excluded.matches(exchange.path);
  }

  durabilityOf(handler: HandlerFacts | undefined): Durability {
    return handler?.options.durability ?? this.options.durability;
  }
}
