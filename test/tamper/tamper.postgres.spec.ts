import { describeHistoryTampering } from './history-matrix.js';
import { describeSigningOverEdits } from './signing-matrix.js';
import { describeTampering } from './tamper-matrix.js';
import { postgresTampering } from './tamper.harness.js';

describeTampering(postgresTampering);
describeHistoryTampering(postgresTampering);
describeSigningOverEdits(postgresTampering);
