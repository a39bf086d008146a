import { open } from 'node:fs/promises';
import { Command } from 'commander';
import { generatePrivateKey } from '../verification/notes/private-key.js';
import { parseVerifierKey } from '../verification/notes/verifier-key.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { facts, json, paint } from './terminal.js';

interface KeygenOptions {
  readonly origin?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** Makes a key that signs the checkpoints of a log. */
export function keygenCommand(io: CliIo): Command {
  return new Command('keygen')
    .description('make a key that signs checkpoints: writes the private key, prints the verifier key')
    .argument('[origin]', 'name of the log, best a URL without scheme: example.com/audit-log')
    .option('--origin <origin>', 'the same as an option')
    .option('--out <file>', 'file for the private key; it must not exist', './audit-signer.key')
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, { origin = argument, out, json: asJson }: KeygenOptions) => {
      if (origin === undefined) {
        throw new CliError('A key needs the name of its log: "nestjs-audit-trail keygen example.com/audit-log".');
      }
      const { privateKey, verifierKey } = generatePrivateKey(origin);
      await writeSecret(out, `${privateKey}\n`);
      const { keyId } = parseVerifierKey(verifierKey);
      if (asJson) return json(io, { origin, keyId, verifierKey, keyFile: out });
      io.out(`${verifierKey}\n`);
      io.err(
        `\n${paint(io, 'bold', 'This is the verifier key: hand it to everybody who checks the log.')}\n` +
          facts([
            ['private key', `${out} (only its owner can read it; keep a copy off this host)`],
            ['option', `signing: { origin: '${origin}', keyFile: '${out}' }`],
            ['check', `nestjs-audit-trail verify <database> --key '${verifierKey}'`],
          ]),
      );
    });
}

/** A file that only its owner can read, from its first moment on, and that never replaces another. */
export async function writeSecret(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new CliError(
      code === 'EEXIST'
        ? `There is a file "${path}" already. A key is never overwritten: choose another name with --out.`
        : `The private key cannot be written to "${path}": ${message}. No key was made.`,
      { cause },
    );
  }
}
