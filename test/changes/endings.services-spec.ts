import { describeWithMysql } from '../support/services.js';
import { endingsSuite } from './suites/endings.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => endingsSuite('mysql'));
