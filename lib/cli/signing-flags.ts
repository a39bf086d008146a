import type { Command } from 'commander';
import type { AuditModuleOptions } from '../config/audit.options.js';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { collect } from './collect.js';
import { DATABASE_ARGUMENT, resolveOptions } from './open-database.js';

export interface SigningFlags {
  readonly database?: string;
  readonly origin?: string;
  readonly keyFile?: string;
  readonly stateFile?: string;
  readonly anchor: string[];
  readonly json?: boolean;
}

/** Options of a command that signs; each may come from its `AUDIT_…` variable instead. */
export type SigningSetup = ResolvedAuditOptions & { readonly signing: NonNullable<ResolvedAuditOptions['signing']> };

/** Adds what a command that signs needs to know. */
export function addSigningFlags(command: Command): Command {
  return command
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('--origin <origin>', 'name of the log (AUDIT_SIGNING_ORIGIN)')
    .option('--key-file <file>', 'private key that keygen wrote (AUDIT_SIGNING_KEY_FILE)')
    .option('--state-file <file>', "the signer's memory (AUDIT_SIGNING_STATE_FILE)")
    .option('--anchor <folder>', 'folder that keeps copies; may be repeated', collect, [])
    .option('--json', 'print JSON');
}

/** @throws CliError, InvalidAuditOptionsError */
export function resolveSigning(io: CliIo, argument: string | undefined, flags: SigningFlags): SigningSetup {
  const { origin, keyFile, stateFile, anchor } = flags;
  const signing = { ...(origin && { origin }), ...(keyFile && { keyFile }), ...(stateFile && { stateFile }) };
  const given: AuditModuleOptions = {
    ...(Object.keys(signing).length > 0 && { signing: signing as AuditModuleOptions['signing'] }),
    ...(anchor.length > 0 && { checkpoints: { anchors: anchor.map((directory) => ({ directory })) } }),
  };
  const options = resolveOptions(io, flags.database ?? argument, given);
  if (options.signing) return options as SigningSetup;
  throw new CliError(
    'A checkpoint needs a key: give --origin and --key-file as the application has them, or set AUDIT_SIGNING_ORIGIN and ' +
      'AUDIT_SIGNING_KEY_FILE.',
  );
}
