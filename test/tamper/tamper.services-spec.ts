import { describeWithMysql } from '../support/services.js';
import { describeHistoryTampering } from './history-matrix.js';
import { describeSigningOverEdits } from './signing-matrix.js';
import { describeTampering } from './tamper-matrix.js';
import { mysqlTampering } from './tamper.harness.js';

const describeMysql = await describeWithMysql();

describeMysql('with MariaDB or MySQL', () => {
  describeTampering(mysqlTampering);
  describeHistoryTampering(mysqlTampering);
  describeSigningOverEdits(mysqlTampering);
});
