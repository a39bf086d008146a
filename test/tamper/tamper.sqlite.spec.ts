import { describeHistoryTampering } from './history-matrix.js';
import { describeSigningOverEdits } from './signing-matrix.js';
import { describeTampering } from './tamper-matrix.js';
import { sqliteTampering } from './tamper.harness.js';

describeTampering(sqliteTampering);
describeHistoryTampering(sqliteTampering);
describeSigningOverEdits(sqliteTampering);
