import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { HandlerFunction } from '../handler/handler-facts.js';

/** Metadata key of `@UseGuards()`. */
const GUARDS = '__guards__';

/**
 * A guard that runs after all others of a handler and notes that none of them has refused. It stands in the handler's
 * metadata only while routes are registered.
 */
export class EntryMark implements CanActivate {
  private readonly marked = new Set<HandlerFunction>();

  /** @param note must not throw */
  constructor(private readonly note: (context: ExecutionContext) => void) {}

  canActivate(context: ExecutionContext): boolean {
    this.note(context);
    return true;
  }

  put(handlers: Iterable<HandlerFunction>): void {
    for (const handler of handlers) {
      if (this.marked.has(handler)) continue;
      this.marked.add(handler);
      Reflect.defineMetadata(GUARDS, [...guardsOf(handler), this], handler);
    }
  }

  remove(): void {
    for (const handler of this.marked) {
      const others = guardsOf(handler).filter((guard) => guard !== this);
      if (others.length > 0) Reflect.defineMetadata(GUARDS, others, handler);
      else Reflect.deleteMetadata(GUARDS, handler);
    }
    this.marked.clear();
  }
}

function guardsOf(handler: HandlerFunction): unknown[] {
  const guards: unknown = Reflect.getOwnMetadata(GUARDS, handler);
  return Array.isArray(guards) ? guards : [];
}
