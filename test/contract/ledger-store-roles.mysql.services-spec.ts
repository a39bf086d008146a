import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshMysql, onMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { describeRoles } from './ledger-store-roles.contract.js';

(await describeWithMysql())('roles of MySQL and MariaDB', () => {
  describeRoles({
    name: 'MySQL',
    type: 'mysql',
    create: async () => {
      const { location: owner, drop } = await freshMysql();
      const storage = createStorage({ type: 'mysql', url: owner, migrate: true });
      await storage.open();
      await storage.close();

      const suffix = randomBytes(6).toString('hex');
      const users = [`writer_${suffix}`, `reader_${suffix}`, `discarder_${suffix}`];
      const statements = readFileSync('sql/roles.mysql.sql', 'utf8')
        .replace(/^--.*$/gm, '')
        .split(';');
      await onMysql(owner, async (client) => {
        for (const sql of statements) if (sql.trim()) await client.query(sql);
        const [rows] = await client.query('SELECT VERSION() AS version');
        const mariadb = /mariadb/i.test((rows as { version: string }[])[0].version);
        for (const user of users) {
          const role = `audit_${user.split('_')[0]}`;
          await client.query(`CREATE USER ${user} IDENTIFIED BY 'p'`);
          await client.query(`GRANT ${role} TO ${user}`);
          await client.query(`SET DEFAULT ROLE ${role} ${mariadb ? 'FOR' : 'TO'} ${user}`);
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
          await onMysql(owner, async (client) => {
            for (const user of users) await client.query(`DROP USER ${user}`);
            await client.query('DROP ROLE audit_writer');
            await client.query('DROP ROLE audit_reader');
            await client.query('DROP ROLE audit_discarder');
          });
          await drop();
        },
      };
    },
  });
});
