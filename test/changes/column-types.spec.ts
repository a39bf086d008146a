import { columnTypesSuite } from './suites/column-types.suite.js';

columnTypesSuite('sqlite');
columnTypesSuite('postgres');
