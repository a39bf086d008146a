import { describeWithMysql } from '../support/services.js';
import { specialEntitiesSuite } from './suites/special-entities.suite.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => specialEntitiesSuite('mysql'));
