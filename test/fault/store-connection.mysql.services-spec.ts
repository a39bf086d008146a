import { freshMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { describeConnectionFaults } from './store-connection.js';

(await describeWithMysql())('connection faults of MySQL and MariaDB', () => {
  describeConnectionFaults({ name: 'MySQL', type: 'mysql', fresh: () => freshMysql() });
});
