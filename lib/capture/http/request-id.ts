const CLEAN_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * An id that came with a request, if it is short and clean; anything else could overflow a column, forge a log line or
 * break a header.
 */
export function cleanId(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && CLEAN_ID.test(value) ? value : undefined;
}
