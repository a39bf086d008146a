import type { HttpExchange } from './http-exchange.js';

/** How long an abandoned request's handler may still take before the event is written without its outcome. */
const ABANDONED_MS = 60_000;

/**
 * The client is gone, but what its request does to the data is only known when the handler is done: waits for the
 * handler, for an answer that goes nowhere, or for a minute.
 * @returns false when there is nothing to wait for
 */
export function awaitAbandoned(exchange: HttpExchange, done: () => void): boolean {
  const { response, request, stage } = exchange;
  if (response.headersSent || response.writableEnded) return false;
  // Before its body has come in full, nothing of Nest's has seen the request, and nothing will.
  const mayStillRun = stage === 'handler' || ((stage === 'guards' || stage === 'edge') && request.complete);
  if (!mayStillRun) return false;

  const end = response.end;
  const finish = (): void => {
    clearTimeout(timer);
    exchange.onHandlerDone = undefined;
    response.end = end;
    done();
  };
  const timer = setTimeout(finish, ABANDONED_MS);
  timer.unref();
  exchange.onHandlerDone = finish;
  response.end = ((...args: unknown[]) => {
    exchange.answered = true;
    finish();
    return (end as (...args: unknown[]) => unknown).apply(response, args);
  }) as typeof end;
  return true;
}
