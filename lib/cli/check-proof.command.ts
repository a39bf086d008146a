import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { AuditRecord } from '../event/audit-record.interface.js';
import { leafHash } from '../ledger/merkle/index.js';
import { CheckpointError } from '../verification/notes/checkpoint.error.js';
import { NoteError } from '../verification/notes/note.error.js';
import { parseVerifierKey } from '../verification/notes/verifier-key.js';
import { parsePolicy } from '../verification/policy/parse-policy.js';
import { PolicyError } from '../verification/policy/policy.error.js';
import { policyOfLogs } from '../verification/policy/policy.js';
import type { Policy } from '../verification/policy/policy.js';
import { InvalidProofError } from '../verification/proofs/invalid-proof.error.js';
import { ProofFileError } from '../verification/proofs/proof-file.error.js';
import { parseProofFile } from '../verification/proofs/proof-file.js';
import { verifyProofFile } from '../verification/proofs/verify-proof-file.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { collect } from './collect.js';
import { ExitCode, setExitCode } from './exit-code.js';
import { facts, json, paint, plain } from './terminal.js';

interface CheckFlags {
  readonly key: string[];
  readonly policy?: string;
  readonly record?: string;
  readonly json?: boolean;
}

/** Errors that say that the proof does not hold, as opposed to: it cannot be checked. */
const REFUSALS = [InvalidProofError, ProofFileError, NoteError, CheckpointError, PolicyError];

/** Checks a proof file: with the log's verifier key alone, offline. */
export function checkProofCommand(io: CliIo): Command {
  return new Command('check-proof')
    .description('check offline that an event stands in a log')
    .argument('<file>', 'the .tlog-proof file')
    .option('--key <vkey>', 'verifier key of the log; may be repeated', collect, [])
    .option('--policy <file>', 'C2SP policy file: logs, witnesses, quorum')
    .option('--record <file>', "the record's bytes, if they are not in the proof file")
    .option('--json', 'print JSON')
    .action(async (file: string, flags: CheckFlags) => {
      const policy = await readPolicy(flags);
      const proof = await readFile(file).catch((cause: Error) => {
        throw new CliError(`The proof file "${file}" cannot be read: ${cause.message}.`, { cause });
      });
      try {
        const record = await findRecord(proof, file, flags.record);
        const { file: proven, checkpoint } = verifyProofFile(proof, leafHash(record), policy);
        const { origin, size } = checkpoint;
        const facts = { origin, size: Number(size), index: Number(proven.index), record: record.toString('utf8') };
        if (flags.json) json(io, { valid: true, ...facts });
        else print(io, facts);
      } catch (error) {
        if (!REFUSALS.some((refusal) => error instanceof refusal)) throw error;
        const { reason, message } = error as { reason?: string; message: string };
        setExitCode(io, ExitCode.FINDING);
        if (flags.json) json(io, { valid: false, reason: reason ?? null, message });
        else io.out(`${paint(io, ['red', 'bold'], 'NOT PROVEN')}  ${plain(message)}\n`);
      }
    });
}

async function readPolicy({ key, policy }: CheckFlags): Promise<Policy> {
  if (policy !== undefined) return parsePolicy(await readFile(policy));
  if (key.length > 0) return policyOfLogs(key.map((text) => parseVerifierKey(text)));
  throw new CliError(
    'A proof is worth what the key is worth that signed its checkpoint: give the verifier key of the log with --key. Take ' +
      "it from the log's owner by another way than this file.",
  );
}

async function findRecord(proof: Buffer, file: string, recordFile: string | undefined): Promise<Buffer> {
  if (recordFile !== undefined) {
    const bytes = await readFile(recordFile).catch((cause: Error) => {
      throw new CliError(`The record "${recordFile}" cannot be read: ${cause.message}.`, { cause });
    });
    // Editors like to end a file with a line feed; a record never has one.
    return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
  }
  const { extra } = parseProofFile(proof);
  if (extra) return Buffer.from(extra);
  throw new CliError(
    `"${file}" does not hold the record that it is about. Give the record's bytes with --record; without them it cannot be ` +
      'said what is proven.',
  );
}

function print(io: CliIo, proven: { origin: string; size: number; index: number; record: string }): void {
  const record = parse(proven.record);
  io.out(
    `${paint(io, ['green', 'bold'], 'PROVEN')}  this record stands in the log ${plain(proven.origin)}\n` +
      facts([
        ['position', `${proven.index} of ${proven.size}`],
        ['sha256', hash('sha256', proven.record)],
        ['event', record?.id],
        ['happened', record?.occurredAt],
        ['action', record?.action],
        ['outcome', record?.outcome],
        ['actor', record?.actor && [record.actor.type, record.actor.id].filter(Boolean).join(':')],
        ['resource', record?.resource && [record.resource.type, record.resource.id].filter(Boolean).join('/')],
      ]) +
      `\n${plain(proven.record)}\n`,
  );
}

function parse(text: string): Partial<AuditRecord> | null {
  try {
    return JSON.parse(text) as Partial<AuditRecord>;
  } catch {
    return null;
  }
}
