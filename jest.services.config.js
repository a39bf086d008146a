import base from './jest.config.js';

/**
 * Suites that need servers of this machine (`npm run test:services`). One that finds no server is skipped, says so on
 * the terminal, and is counted as skipped.
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/**/*.services-spec.ts'],
  testTimeout: 60_000,
};
