const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'read',
  HEAD: 'read',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** `<resource>.<verb>`; a method without a verb of its own stands for itself (`invoice.propfind`). */
export function defaultAction(resourceType: string, method: string): string {
  return `${resourceType}.${VERBS[method] ?? method.toLowerCase()}`;
}

/** Name of a request that came to no handler: by its method, which Node has checked, never by its path. */
export function unroutedAction(method: string): string {
  return `http.${method.toLowerCase()}`;
}
