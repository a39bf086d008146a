import type { HttpExchange } from './http-exchange.js';
import type { RawRequest } from './http-platform.interface.js';

/** The exchanges by their raw request, and those that are not over yet. */
export class OpenExchanges {
  /**
   * The property in which a request keeps its exchange; each instance of the module has its own. A WeakMap would do the
   * same at eight times the cost, because its entries burden the garbage collector. The property is not enumerable, so
   * nobody copies or prints it.
   */
  private readonly key = Symbol('nestjs-audit-trail:exchange');
  /** Head of the list of open exchanges, which links them by their own fields. */
  private first: HttpExchange | undefined;
  private waiting: { readonly except: unknown; readonly resolve: () => void }[] = [];

  get(request: RawRequest): HttpExchange | undefined {
    return (request as unknown as Record<symbol, HttpExchange | undefined>)[this.key];
  }

  add(exchange: HttpExchange): void {
    Object.defineProperty(exchange.request, this.key, { value: exchange });
    exchange.nextOpen = this.first;
    if (this.first !== undefined) this.first.previousOpen = exchange;
    this.first = exchange;
  }

  /** It stays known by its request: whoever comes later must not begin a second one. */
  remove(exchange: HttpExchange): void {
    const { nextOpen, previousOpen } = exchange;
    if (previousOpen !== undefined) previousOpen.nextOpen = nextOpen;
    else if (this.first === exchange) this.first = nextOpen;
    if (nextOpen !== undefined) nextOpen.previousOpen = previousOpen;
    exchange.nextOpen = undefined;
    exchange.previousOpen = undefined;
    if (this.waiting.length > 0) this.wake();
  }

  /** Resolves when no request is open. @param except the one that waits itself, if any */
  whenEmpty(except?: unknown): Promise<void> {
    if (this.isEmptyBut(except)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ except, resolve }));
  }

  list(): HttpExchange[] {
    const open: HttpExchange[] = [];
    for (let exchange = this.first; exchange !== undefined; exchange = exchange.nextOpen) open.push(exchange);
    return open;
  }

  private wake(): void {
    const done = this.waiting.filter(({ except }) => this.isEmptyBut(except));
    this.waiting = this.waiting.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }

  private isEmptyBut(except: unknown): boolean {
    const { first } = this;
    return first === undefined || (first === except && first.nextOpen === undefined);
  }
}
