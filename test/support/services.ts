import { mysqlAnswers, mysqlUrl } from './databases.js';

/**
 * `describe`, or `describe.skip` with words that nobody can overlook, so that a machine without the server does not
 * look as if it had tested it.
 */
export function describeWith(service: string, answers: boolean, hint: string): jest.Describe {
  if (answers) return describe;
  process.stderr.write(`\n*** SKIPPED: ${service} does not answer. ${hint} ***\n\n`);
  return describe.skip as unknown as jest.Describe;
}

/** For suites that need MariaDB or MySQL. */
export async function describeWithMysql(): Promise<jest.Describe> {
  const url = new URL(mysqlUrl());
  const hint = `Nothing of MySQL/MariaDB is tested. Start one at ${url.host} or set TEST_MYSQL_URL.`;
  return describeWith('MariaDB or MySQL', await mysqlAnswers(), hint);
}
