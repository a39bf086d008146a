import { readHandlerFacts } from './handler-facts.js';
import type { ControllerClass, HandlerFacts, HandlerFunction } from './handler-facts.js';

/** Facts of handlers, read once. A handler that several controllers inherit has facts for each of them. */
export class HandlerRegistry {
  private readonly known = new Map<HandlerFunction, HandlerFacts[]>();

  get(controller: ControllerClass, handler: HandlerFunction): HandlerFacts {
    const candidates = this.known.get(handler);
    if (candidates !== undefined) {
      for (const facts of candidates) if (facts.controller === controller) return facts;
    }
    const facts = readHandlerFacts(controller, handler);
    if (candidates === undefined) this.known.set(handler, [facts]);
    else candidates.push(facts);
    return facts;
  }
}
