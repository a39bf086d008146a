import type { CaptureOptions } from '../capture-options.interface.js';

/** Whether some of the options that are asked at the end of each request are functions of the application. */
export function asksApplication({ http, actor, tenant }: Pick<CaptureOptions, 'http' | 'actor' | 'tenant'>): boolean {
  return Boolean(http.severity ?? actor.resolve ?? actor.jwt?.extract ?? actor.jwt?.keyProvider ?? tenant.resolve);
}
