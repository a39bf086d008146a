// Builds both flavours of the package: ES modules through the Nest CLI, CommonJS through tsc.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const run = (tool, args) => {
  const { status } = spawnSync(process.execPath, [tool, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

rmSync('dist', { recursive: true, force: true });
run('node_modules/@nestjs/cli/bin/nest.js', ['build']);
run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.cjs.json']);

for (const [flavour, extension] of [
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
]) {
  const file = `module-location.${extension}`;
  mkdirSync(`dist/${flavour}/platform`, { recursive: true });
  copyFileSync(`lib/platform/${file}`, `dist/${flavour}/platform/${file}`);
  linkInternalImports(`dist/${flavour}`, '#module-location', `platform/${file}`);
  chmodSync(`dist/${flavour}/cli/main.js`, 0o755);
}
// The package is "type": "module"; without this Node would read the CommonJS files as ES modules.
writeFileSync('dist/cjs/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);

/**
 * Writes the path in place of an internal name. `dist/cjs` is a package scope of its own, which does not see the
 * `imports` of the package around it, and a second `imports` there is read by Node but not by every bundler.
 */
function linkInternalImports(folder, name, target) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(js|d\.ts)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(name)) continue;
    const link = relative(entry.parentPath, join(folder, target)).split(sep).join('/');
    writeFileSync(path, text.replaceAll(name, link.startsWith('.') ? link : `./${link}`));
  }
}
