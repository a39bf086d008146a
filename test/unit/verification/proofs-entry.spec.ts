import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as proofs from '../../../lib/proofs.js';

const ENTRY = resolve(import.meta.dirname, '../../../lib/proofs.ts');
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm;

/** Everything that the entry loads: our own files, and the names of outside modules. */
function importGraph(file: string, files = new Set<string>(), modules = new Set<string>()): Set<string> {
  if (files.has(file)) return modules;
  files.add(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    if (!specifier.startsWith('.')) modules.add(specifier);
    else importGraph(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')), files, modules);
  }
  return modules;
}

describe('the proofs entry', () => {
  it('loads nothing but Node itself', () => {
    const modules = [...importGraph(ENTRY)];
    expect(modules).toEqual(expect.arrayContaining(['node:crypto', 'node:fs/promises']));
    expect(modules.filter((name) => !name.startsWith('node:'))).toEqual([]);
  });

  it('has the functions that tools rely on', () => {
    for (const name of [
      'canonicalize',
      'leafHash',
      'nodeHash',
      'rootFromInclusionProof',
      'verifyInclusion',
      'verifyConsistency',
      'inclusionProof',
      'consistencyProof',
      'openNote',
      'signNote',
      'parseVerifierKey',
      'formatVerifierKey',
      'parsePrivateKey',
      'formatPrivateKey',
      'parseCheckpoint',
      'formatCheckpoint',
      'parseProofFile',
      'formatProofFile',
      'parseCosignature',
      'parsePolicy',
      'satisfiesPolicy',
      'verifyTileDirectory',
    ] as const) {
      expect(typeof proofs[name]).toBe('function');
    }
  });
});
