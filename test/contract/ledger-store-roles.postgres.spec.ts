import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshPostgres, onPostgres } from '../support/databases.js';
import { describeRoles } from './ledger-store-roles.contract.js';

describeRoles({
  name: 'PostgreSQL',
  type: 'postgres',
  create: async () => {
    const { location: owner, drop } = await freshPostgres();
    const storage = createStorage({ type: 'postgres', url: owner, migrate: true });
    await storage.open();
    await storage.close();

    const suffix = randomBytes(6).toString('hex');
    const users = [`writer_${suffix}`, `reader_${suffix}`, `discarder_${suffix}`];
    const roles = readFileSync('sql/roles.postgres.sql', 'utf8');
    await onPostgres(owner, async (client) => {
      await client.query(roles);
      await client.query(roles);
      for (const user of users) {
        await client.query(`CREATE ROLE ${user} LOGIN PASSWORD 'p' IN ROLE audit_${user.split('_')[0]}`);
      }
    });
    const urlOf = (user: string) => {
      const url = new URL(owner);
      url.username = user;
      url.password = 'p';
      return url.href;
    };
    return {
      owner,
      writer: urlOf(users[0]),
      reader: urlOf(users[1]),
      discarder: urlOf(users[2]),
      drop: async () => {
        await drop();
        await onPostgres(owner, async (client) => {
          for (const user of users) await client.query(`DROP ROLE ${user}`);
          for (const role of ['audit_writer', 'audit_reader', 'audit_discarder'])
            await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
        });
      },
    };
  },
});
