/** What is read of a driver's error. Numbers and codes only: messages are translated by the servers. */
export interface DriverError {
  /** SQLSTATE of PostgreSQL, `SQLITE_…`, `ER_…`, or Node's `ECONNRESET` and its kind. */
  readonly code?: string;
  /** Error number of MySQL and MariaDB. */
  readonly errno?: number;
  readonly message?: string;
  readonly fatal?: boolean;
}

/** The driver's own error inside what TypeORM throws. */
export function driverErrorOf(error: unknown): DriverError {
  const outer = error as { driverError?: unknown } | null;
  const inner = outer?.driverError ?? outer;
  return typeof inner === 'object' && inner !== null ? (inner as DriverError) : { message: String(error) };
}

const NODE_NETWORK_CODE =
  /^(E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_AGAIN|SOCKET|ADDR|NOTFOUND|PROTO)|CERT_|ERR_SOCKET|ERR_SSL|ERR_TLS)/;

/** Whether the error is one of Node's own about sockets, names or TLS. */
export function isNetworkError(error: DriverError): boolean {
  return typeof error.code === 'string' && NODE_NETWORK_CODE.test(error.code);
}
