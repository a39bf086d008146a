import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const manifest = require.resolve('nestjs-audit-trail/package.json');
const { bin } = require('nestjs-audit-trail/package.json') as { bin: Record<string, string> };
const main = join(dirname(manifest), bin['nestjs-audit-trail']);

/** Runs `npx nestjs-audit-trail …`. */
export function auditTrail(...args: string[]): { code: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { code: status, out: stdout || stderr };
}
