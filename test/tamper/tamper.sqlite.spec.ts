import { describeHistoryTampering } from './history-matrix.js';
import { describeTampering } from './tamper-matrix.js';
import { sqliteTampering } from './tamper.harness.js';

describeTampering(sqliteTampering);
describeHistoryTampering(sqliteTampering);
