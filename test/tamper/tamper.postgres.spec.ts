import { describeHistoryTampering } from './history-matrix.js';
import { describeTampering } from './tamper-matrix.js';
import { postgresTampering } from './tamper.harness.js';

describeTampering(postgresTampering);
describeHistoryTampering(postgresTampering);
