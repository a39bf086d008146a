import { jest } from '@jest/globals';
import { killSuite } from './kill/kill.suite.js';

jest.setTimeout(120_000);

killSuite('sqlite', 40);
killSuite('postgres', 40);
