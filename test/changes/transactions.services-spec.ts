import { describeWithMysql } from '../support/services.js';
import { transactionsSuite } from './suites/transactions.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => transactionsSuite('mysql'));
