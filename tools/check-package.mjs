// Checks what is published, not what lies here: packs the package, installs the tarball in two applications as they are
// written today, compiles, boots and tests them. `--keep` leaves the applications where they are.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { checkDeclarations } from './package-check/declarations.mjs';

const CONSUMERS = ['nest-12-esm', 'nest-11-commonjs'];
const PROOFS = {
  import: `import('nestjs-audit-trail/proofs').then((proofs) => console.log(proofs.canonicalize({ b: 1, a: 2 })))`,
  require: `console.log(require('nestjs-audit-trail/proofs').canonicalize({ b: 1, a: 2 }))`,
};

const repository = resolve(import.meta.dirname, '..');
const workspace = mkdtempSync(join(tmpdir(), 'audit-package-'));
const failures = [];

function run(title, command, args, cwd, accept = ({ status }) => status === 0) {
  const started = performance.now();
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  });
  const passed = accept(result);
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (!passed) {
    failures.push(title);
    console.log(`${result.error ?? ''}${result.stdout}${result.stderr}`.trimEnd().replace(/^/gm, '     | '));
  }
  return result;
}

function report(title, problems) {
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
  for (const problem of problems) console.log(`     | ${problem}`);
  if (problems.length > 0) failures.push(title);
}

/** What `npm run` sets for this project must not reach the applications. */
function environment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_package_|npm_lifecycle_|AUDIT_|NODE_OPTIONS)/.test(name)),
  );
}

function pack() {
  const { stdout, status } = run('npm pack', 'npm', ['pack', '--json', '--pack-destination', workspace], repository);
  if (status !== 0) return undefined;
  const [{ filename, files }] = JSON.parse(stdout);
  const paths = files.map(({ path }) => path);
  const missing = ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'dist/cjs/package.json'].filter(
    (path) => !paths.includes(path),
  );
  const strange = paths.filter(
    (path) => !/^(dist\/|sql\/|[A-Z]+(\.md)?$|package\.json$)/.test(path) || /\.(spec|tsbuildinfo)/.test(path),
  );
  report('the tarball has what belongs into it, and nothing else', [
    ...missing.map((path) => `${path} is missing`),
    ...strange.map((path) => `${path} does not belong into it`),
  ]);
  return missing.length === 0 ? join(workspace, filename) : undefined;
}

/** Native code is compiled once on a machine; here only the shape of the package is in question. */
function reuseSqlite(application) {
  const [ours, theirs] = [repository, application].map((root) => join(root, 'node_modules/better-sqlite3'));
  const version = (folder) => readJson(join(folder, 'package.json')).version;
  if (existsSync(join(ours, 'build')) && version(ours) === version(theirs)) {
    cpSync(join(ours, 'build/Release/better_sqlite3.node'), join(theirs, 'build/Release/better_sqlite3.node'));
  } else {
    run('npm rebuild better-sqlite3', 'npm', ['rebuild', 'better-sqlite3'], application);
  }
}

function checkConsumer(name, tarball) {
  const application = join(workspace, name);
  cpSync(join(repository, 'tools/package-check', name), application, { recursive: true });
  const install = [
    'install',
    tarball,
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  if (run(`${name}: npm install`, 'npm', install, application).status !== 0) return;
  reuseSqlite(application);
  const installed = join(application, 'node_modules/nestjs-audit-trail');
  report(`${name}: declarations`, checkDeclarations(installed, join(application, 'node_modules')));
  run(`${name}: npm run compile`, 'npm', ['run', '--silent', 'compile'], application);
  const strict = ['tsc', '-p', '.', '--noEmit', '--skipLibCheck', 'false'];
  run(
    `${name}: our declarations without skipLibCheck`,
    'npx',
    strict,
    application,
    ({ stdout }) => !stdout.includes('nestjs-audit-trail'),
  );
  run(`${name}: boot, one request, verify`, 'npm', ['run', '--silent', 'start'], application);
  run(`${name}: jest`, 'npm', ['test', '--silent'], application);
  for (const command of Object.keys(readJson(join(installed, 'package.json')).bin ?? {})) {
    run(`${name}: ${command} --help`, 'npx', ['--no-install', command, '--help'], application);
  }
  for (const [how, code] of Object.entries(PROOFS)) {
    const type = how === 'require' ? 'commonjs' : 'module';
    run(
      `${name}: ${how} of nestjs-audit-trail/proofs`,
      'node',
      [`--input-type=${type}`, '-e', code],
      application,
      ({ stdout }) => stdout === '{"a":2,"b":1}\n',
    );
  }
}

/** The entry for tools must load with nothing else installed: no Nest, no TypeORM, no dependency. */
function checkProofsAlone(tarball) {
  const alone = join(workspace, 'alone/node_modules/nestjs-audit-trail');
  mkdirSync(alone, { recursive: true });
  run('alone: unpack', 'tar', ['-xzf', tarball, '--strip-components=1', '-C', alone], workspace);
  for (const [how, code] of Object.entries(PROOFS)) {
    const type = how === 'require' ? 'commonjs' : 'module';
    run(
      `alone: ${how} of nestjs-audit-trail/proofs`,
      'node',
      [`--input-type=${type}`, '-e', code],
      join(workspace, 'alone'),
      ({ stdout }) => stdout === '{"a":2,"b":1}\n',
    );
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

try {
  if (!existsSync(join(repository, 'dist'))) run('npm run build', 'npm', ['run', 'build'], repository);
  const tarball = pack();
  if (tarball !== undefined) {
    const { messages, pkg } = await publint({ pkgDir: repository, level: 'suggestion', strict: true });
    report(
      'publint',
      messages.map((message) => formatMessage(message, pkg)),
    );
    checkProofsAlone(tarball);
    for (const name of CONSUMERS) checkConsumer(name, tarball);
  }
} finally {
  if (process.argv.includes('--keep')) console.log(`kept: ${workspace}`);
  else rmSync(workspace, { recursive: true, force: true });
}
console.log(failures.length === 0 ? 'The package works.' : `The package does not work: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
