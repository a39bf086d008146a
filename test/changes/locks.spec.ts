import { locksSuite } from './suites/locks.suite.js';

locksSuite('postgres');
