import { foldSuite } from './suites/fold.suite.js';

foldSuite('sqlite', { alone: 15, sideBySide: 15 });
foldSuite('postgres', { alone: 10, sideBySide: 10 });
