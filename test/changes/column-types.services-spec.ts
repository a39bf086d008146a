import { describeWithMysql } from '../support/services.js';
import { columnTypesSuite } from './suites/column-types.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => columnTypesSuite('mysql'));
