const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The time in a UUIDv7, in milliseconds of Unix time. Event ids are such, and nearly in the order of the log, so the
 * times of a part of the log tell which ids can be in it.
 *
 * @returns null for any other id
 */
export function idTime(id: string): number | null {
  return UUID_V7.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}
