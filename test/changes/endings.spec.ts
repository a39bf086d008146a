import { endingsSuite } from './suites/endings.suite.js';

endingsSuite('sqlite');
endingsSuite('postgres');
