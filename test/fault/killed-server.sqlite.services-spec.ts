import { freshSqliteFile } from '../support/databases.js';
import { describeKilledServer } from './killed-server.suite.js';

/** More than ten thousand requests. */
const SCALE = { kills: 3, requests: 3_400 };

describeKilledServer(
  'SQLite',
  async () => {
    const { location, drop } = freshSqliteFile();
    return { storage: { type: 'sqlite', path: location }, drop };
  },
  SCALE,
);
