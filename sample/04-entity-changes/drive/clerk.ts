import { API_KEYS } from '../auth/api-key.guard.js';
import type { Clerk } from '../auth/api-key.guard.js';

/** Sends a request over real HTTP as one of the clerks. @returns the status of the answer */
export async function send(url: string, clerk: Clerk, method: string, path: string, body?: unknown): Promise<number> {
  const response = await fetch(url + path, {
    method,
    headers: { 'x-api-key': API_KEYS[clerk], 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}
