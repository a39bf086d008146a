import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { describeStatementFaults } from './store-statements.js';

(await describeWithMysql())('statement faults of MySQL and MariaDB', () => {
  describeStatementFaults({
    name: 'MySQL',
    fresh: () => freshMysql(),
    storage: (url) => createStorage({ type: 'mysql', url, migrate: true }),
  });
});
