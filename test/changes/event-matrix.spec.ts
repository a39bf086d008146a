import { eventMatrixSuite } from './suites/event-matrix.suite.js';

eventMatrixSuite('sqlite');
eventMatrixSuite('postgres');
