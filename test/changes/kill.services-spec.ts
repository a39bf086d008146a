import { jest } from '@jest/globals';
import { mysqlAnswers } from '../support/databases.js';
import { killSuite } from './kill/kill.suite.js';

jest.setTimeout(15 * 60_000);

killSuite('sqlite', 500);
killSuite('postgres', 500);
if (await mysqlAnswers()) killSuite('mysql', 500);
