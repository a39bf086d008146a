// Which packages the published type declarations lean on, and whether a consumer is sure to have their types.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';

/** @returns problems, one a line */
export function checkDeclarations(packageFolder, modulesFolder) {
  const manifest = readJson(join(packageFolder, 'package.json'));
  const optional = Object.entries(manifest.peerDependenciesMeta ?? {}).filter(([, meta]) => meta.optional);
  const certain = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}).filter((name) => !optional.some(([peer]) => peer === name)),
  ]);
  const problems = new Set();
  for (const file of declarationFiles(join(packageFolder, 'dist'))) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const name = packageNameOf(specifier);
      if (name === undefined || name === manifest.name) continue;
      const shown = file.slice(packageFolder.length + 1);
      if (!certain.has(name)) problems.add(`${shown} imports ${specifier}, which an application may not have`);
      else if (!hasOwnTypes(join(modulesFolder, name)))
        problems.add(`${shown} imports ${specifier}, which has no types of its own`);
    }
  }
  return [...problems];
}

function declarationFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.d\.[cm]?ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Every module that a declaration names: imports, exports, `import('…')` types and type references. */
function importsOf(text) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

function packageNameOf(specifier) {
  if (specifier.startsWith('.') || specifier.startsWith('#')) return undefined;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier) || specifier === 'node') return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function hasOwnTypes(folder) {
  const { types, typings, exports } = readJson(join(folder, 'package.json'));
  return (
    Boolean(types ?? typings) ||
    JSON.stringify(exports ?? {}).includes('"types"') ||
    existsSync(join(folder, 'index.d.ts'))
  );
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
