const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

/** `npm test` needs nothing but Node; suites named `*.services-spec.ts` need this machine's servers (`npm run test:services`). */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  globalSetup: '<rootDir>/test/support/postgres.setup.js',
  globalTeardown: '<rootDir>/test/support/postgres.teardown.js',
  maxWorkers: 2,
  // Real databases and processes on a machine that may be busy: only what hangs should end here.
  testTimeout: 60_000,
};
