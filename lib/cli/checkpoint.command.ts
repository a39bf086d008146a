import { Command } from 'commander';
import { keyRotatedEvent, rotationId } from '../runtime/checkpoint-events.js';
import { createAnchors, createPublisher, loadSigningKeys } from '../runtime/checkpointing.js';
import { SigningRefusedError } from '../verification/signing/signing-refused.error.js';
import type { CheckpointViolation } from '../verification/checkpoints/checkpoint-violation.interface.js';
import type { StoredCheckpoint } from '../verification/checkpoints/checkpoint-store.port.js';
import type { CliIo } from './cli-io.interface.js';
import { ExitCode, setExitCode } from './exit-code.js';
import { sealEvent } from './log-writer.js';
import { withDatabase } from './open-database.js';
import type { OpenDatabase } from './open-database.js';
import { addSigningFlags, resolveSigning } from './signing-flags.js';
import type { SigningFlags, SigningSetup } from './signing-flags.js';
import { json, paint, plain } from './terminal.js';

/** Publishes a checkpoint of the log as it is now. */
export function checkpointCommand(io: CliIo): Command {
  return addSigningFlags(new Command('checkpoint'))
    .description('sign the log as it is now, and hand the checkpoint to the anchors')
    .action(async (argument: string | undefined, flags: SigningFlags) => {
      const setup = resolveSigning(io, argument, flags);
      await withDatabase(
        setup,
        async (database) => {
          const { checkpoint, violations, failures } = await publish(io, database, setup);
          if (violations.length > 0) setExitCode(io, ExitCode.FINDING);
          else if (failures.length > 0 || !checkpoint) setExitCode(io, ExitCode.FAILED);
          if (flags.json) return json(io, { checkpoint, violations, failures: failures.map(({ message }) => message) });
          if (checkpoint) io.out(checkpoint.note);
          for (const { class: kind, message } of violations) {
            io.err(`${paint(io, ['red', 'bold'], kind)}  ${plain(message, true)}\n`);
          }
          for (const { message } of failures) io.err(`${plain(message, true)}\n`);
        },
        'write',
      );
    });
}

interface Outcome {
  readonly checkpoint: StoredCheckpoint | null;
  readonly violations: readonly CheckpointViolation[];
  readonly failures: readonly Error[];
}

async function publish(io: CliIo, { storage }: OpenDatabase, setup: SigningSetup): Promise<Outcome> {
  const violations: CheckpointViolation[] = [];
  const failures: Error[] = [];
  const keys = await loadSigningKeys(setup.signing);
  const publisher = createPublisher(storage, keys, createAnchors(setup.checkpoints), setup, {
    announce: async (rotation) =>
      void (await sealEvent(storage, setup, keyRotatedEvent(rotation), rotationId(rotation))),
    heartbeat: async () => undefined,
    onViolation: (violation) => violations.push(violation),
    onFailure: (error) => failures.push(error as Error),
    onNotice: (message) => io.err(`${message}\n`),
  });
  try {
    const { size } = await publisher.publish();
    return { checkpoint: await storage.checkpoints.read(size), violations, failures };
  } catch (error) {
    if (!(error instanceof SigningRefusedError)) throw error;
    return { checkpoint: null, violations, failures: error.violation ? failures : [...failures, error] };
  }
}
