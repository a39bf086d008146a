import { freshMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { describeDeliveryStore } from './delivery-store.contract.js';
import { sqlHarness } from './sql-harness.js';

(await describeWithMysql())('MySQL and MariaDB', () => {
  describeDeliveryStore(sqlHarness('MySQL', 'mysql', () => freshMysql()));
});
