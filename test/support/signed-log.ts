import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryAnchor } from '../../lib/verification/anchors/directory.anchor.js';
import type { Anchor } from '../../lib/verification/anchors/anchor.port.js';
import { generatePrivateKey, parsePrivateKey } from '../../lib/verification/notes/private-key.js';
import { parseVerifierKey } from '../../lib/verification/notes/verifier-key.js';
import type { NoteVerifier } from '../../lib/verification/notes/verifier-key.js';
import { collectKnownCheckpoints } from '../../lib/verification/checkpoints/known-checkpoints.js';
import type { CheckpointKey } from '../../lib/verification/signing/checkpoint-key.js';
import { CheckpointSigner } from '../../lib/verification/signing/checkpoint-signer.js';
import type { CheckpointSignerOptions } from '../../lib/verification/signing/checkpoint-signer.js';
import { FileSignerStateStore } from '../../lib/verification/signing/file.signer-state-store.js';
import type { KeyRotation } from '../../lib/verification/signing/key-rotation.js';
import { MemoryStorage } from '../../lib/storage/memory/memory-storage.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { appendTo, events } from './log-writer.js';

export const ORIGIN = 'example.com/test-log';

/** A new key of a log. */
export function freshKey(origin = ORIGIN): CheckpointKey {
  return parsePrivateKey(generatePrivateKey(origin).privateKey);
}

/** A log, its signer and the places outside of it. */
export class SignedLog {
  readonly folder = mkdtempSync(join(tmpdir(), 'audit-signed-'));
  readonly stateFile = join(this.folder, 'signer.state.json');
  readonly memory = new FileSignerStateStore(this.stateFile);
  readonly anchors: Anchor[] = [new DirectoryAnchor(join(this.folder, 'anchor'))];
  readonly rotations: KeyRotation[] = [];
  readonly adopted: string[] = [];
  private batches = 0;

  constructor(
    readonly storage: Pick<AuditStorage, 'ledger' | 'checkpoints' | 'tiles' | 'leases'> = new MemoryStorage(),
    readonly keys: CheckpointKey[] = [freshKey()],
    readonly origin = ORIGIN,
  ) {}

  get verifiers(): NoteVerifier[] {
    return this.keys.map(({ verifierKey }) => parseVerifierKey(verifierKey));
  }

  /** A signer as a process has it; several may be made of one log. */
  signer(changes: Partial<CheckpointSignerOptions> = {}): CheckpointSigner {
    const { keys, memory, origin, storage, anchors, verifiers } = this;
    return new CheckpointSigner({
      origin,
      keys,
      memory,
      log: storage.ledger,
      known: () => collectKnownCheckpoints({ checkpoints: storage.checkpoints, anchors, verifiers, origin }),
      announce: async (rotation) => {
        this.rotations.push(rotation);
        await this.grow(1, 'rotation');
      },
      onAdopted: ({ source }) => this.adopted.push(source),
      ...changes,
    });
  }

  /** Appends events to the log. */
  async grow(count: number, name = 'event'): Promise<void> {
    if (!(await appendTo(this.storage.ledger, events(`${name}-${this.batches++}`, count))))
      throw new Error('lost a race');
  }

  drop(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
