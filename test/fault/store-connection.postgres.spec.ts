import { freshPostgres } from '../support/databases.js';
import { describeConnectionFaults } from './store-connection.js';

describeConnectionFaults({ name: 'PostgreSQL', type: 'postgres', fresh: () => freshPostgres() });
