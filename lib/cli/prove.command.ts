import { Command } from 'commander';
import { EventProver } from '../verification/checkpoints/event-prover.js';
import { parseVerifierKey } from '../verification/notes/verifier-key.js';
import { formatProofFile, parseProofFile } from '../verification/proofs/proof-file.js';
import type { CliIo } from './cli-io.interface.js';
import { collect } from './collect.js';
import { resolveOptions, withDatabase } from './open-database.js';
import { openOutput } from './output-file.js';
import { facts, json, paint } from './terminal.js';

interface ProveFlags {
  readonly database?: string;
  readonly out?: string;
  readonly key: string[];
  readonly record: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Makes the proof file of an event. */
export function proveCommand(io: CliIo): Command {
  return new Command('prove')
    .description('make a file that proves to anybody that an event stands in the log')
    .argument('<event-id>', 'id of the event')
    .option('--database <database>', 'URL or SQLite file')
    .option('--out <file>', 'file to write, or - for the standard output (default: <event-id>.tlog-proof)')
    .option('--key <vkey>', 'only use a checkpoint of this key; may be repeated', collect, [])
    .option('--no-record', 'leave the record itself out of the file')
    .option('--force', 'replace an existing file')
    .option('--json', 'print the summary as JSON')
    .action(async (eventId: string, flags: ProveFlags) => {
      await withDatabase(resolveOptions(io, flags.database), async ({ storage }) => {
        const { ledger, checkpoints, tiles } = storage;
        const verifiers = flags.key.length > 0 ? flags.key.map((key) => parseVerifierKey(key)) : undefined;
        const prover = new EventProver({ log: ledger, checkpoints, tiles, verifiers });
        const proof = parseProofFile(await prover.prove(eventId));
        const { record } = (await ledger.findById(eventId))!;
        const text = formatProofFile({
          ...proof,
          ...(flags.record && record !== '' && { extra: Buffer.from(record) }),
        });
        const out = flags.out ?? `${eventId}.tlog-proof`;
        const output = openOutput(io, out, flags.force);
        await output.write(text);
        await output.finish();
        const { index, proof: hashes } = proof;
        const size = Number(proof.checkpoint.split('\n', 2)[1]);
        if (flags.json)
          return out === '-'
            ? undefined
            : json(io, { eventId, out, index: Number(index), size, hashes: hashes.length });
        io.err(
          `${paint(io, 'green', 'proven')}  event ${eventId} is record ${index} of ${size}\n` +
            facts([
              ['file', out],
              ['check', `nestjs-audit-trail check-proof ${out} --key <verifier key>`],
            ]),
        );
      });
    });
}
