import { describeWithMysql } from '../support/services.js';
import { eventMatrixSuite } from './suites/event-matrix.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => eventMatrixSuite('mysql'));
