import { jest } from '@jest/globals';
import { describeWithMysql } from '../support/services.js';
import { foldSuite } from './suites/fold.suite.js';

const describeMysql = await describeWithMysql();
/** More than a thousand transactions on each database. */
const RUNS = { alone: 100, sideBySide: 150 };

jest.setTimeout(15 * 60_000);

foldSuite('sqlite', RUNS);
foldSuite('postgres', RUNS);
describeMysql('with MariaDB or MySQL', () => foldSuite('mysql', RUNS));
