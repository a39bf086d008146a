'use strict';
/** Import boundaries of `lib` (docs/architecture.md). Run with `npm run lint:imports`. */

/** What each folder of `lib` may import besides itself. Imports point down, so the order is that of the layers. */
const ALLOWED = {
  platform: [],
  event: [],
  redaction: ['event'],
  ledger: ['event'],
  verification: ['event', 'ledger', 'redaction'],
  lifecycle: ['event', 'ledger'],
  reports: ['event', 'ledger', 'verification'],
  delivery: ['event', 'ledger', 'redaction', 'verification'],
  config: ['event', 'redaction', 'ledger', 'verification', 'delivery'],
  capture: ['event', 'redaction', 'ledger', 'config'],
  changes: ['event', 'redaction', 'ledger', 'config', 'capture'],
  storage: ['event', 'ledger', 'verification', 'delivery'],
  'sealing-thread': ['event', 'ledger', 'verification', 'storage', 'platform'],
};

/** Folders that run without Nest and without TypeORM: in the command line, a thread, another framework. */
const FRAMEWORK_FREE = ['event', 'redaction', 'ledger', 'verification', 'lifecycle', 'delivery', 'config', 'reports'];
const FRAMEWORKS = '(^|/)node_modules/(@nestjs/|typeorm/|reflect-metadata/)';

/** Files at the top of `lib` that hold names only. */
const NAMES = '^lib/audit\\.(constants|messages)\\.ts$';

const layers = Object.entries(ALLOWED).map(([folder, allowed]) => ({
  name: `${folder}-imports-down`,
  comment: `lib/${folder} may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^lib/${folder}/` },
  to: { path: '^lib/', pathNot: [`^lib/(${[folder, ...allowed].join('|')})/`, NAMES] },
}));

module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'no-cycles',
      comment:
        'A cycle has no order in which its parts can be understood or loaded. Types alone may refer to each other.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] } },
    },
    {
      name: 'core-knows-no-framework',
      severity: 'error',
      from: { path: `^lib/(${FRAMEWORK_FREE.join('|')})/` },
      to: { path: FRAMEWORKS },
    },
    {
      name: 'proofs-run-anywhere',
      comment: 'nestjs-audit-trail/proofs must load where neither Nest nor TypeORM nor a database driver is installed.',
      severity: 'error',
      from: { path: '^lib/proofs\\.ts$' },
      to: { path: '(^|/)node_modules/', reachable: true },
    },
    {
      name: 'optional-peers-load-late',
      comment: 'An optional package that is imported statically breaks every application that does not have it.',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        path: '(^|/)node_modules/(@nestjs/schedule|pg|mysql2|better-sqlite3|@aws-sdk)/',
        dynamic: false,
        dependencyTypesNot: ['type-only', 'type-import'],
      },
    },
    {
      name: 'library-imports-no-development-tool',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'type-import', 'npm-peer'],
      },
    },
    {
      name: 'library-imports-only-itself',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(test|sample|bench|tools)/' },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: { path: '^lib/' },
      to: { couldNotResolve: true, pathNot: '^#module-location$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
