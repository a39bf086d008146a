import { freshLogFolder } from '../support/log-files.js';
import { describeKilledServer } from './killed-server.suite.js';

describeKilledServer(
  'JSON Lines file',
  async () => {
    const { path, drop } = freshLogFolder();
    return { storage: { type: 'file', path }, drop };
  },
  { kills: 2, requests: 300 },
);
