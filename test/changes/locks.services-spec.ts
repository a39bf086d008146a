import { describeWithMysql } from '../support/services.js';
import { locksSuite } from './suites/locks.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => locksSuite('mysql'));
