/**
 * Resolves in the next turn of the event loop, when what was begun in this one has been handed to the system: SQLite
 * blocks, and a request should be on its way by then.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
