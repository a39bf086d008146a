import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { describeFourProcesses } from './four-processes.suite.js';

describeFourProcesses('sqlite', async () => freshSqliteFile());
describeFourProcesses('postgres', freshPostgres);
