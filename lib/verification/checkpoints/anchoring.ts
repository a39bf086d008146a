import { timestampNow } from '../../event/timestamp.js';
import { AnchorConflictError } from '../anchors/anchor-conflict.error.js';
import type { Anchor } from '../anchors/anchor.port.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import type { CheckpointStore, StoredCheckpoint } from './checkpoint-store.port.js';
import { readOwnCheckpoint } from './own-checkpoint.js';
import type { ViolationReporter } from './violation-reporter.js';

/** Checkpoints that are handed over in one run. */
const BATCH = 1_000;

export interface AnchoringOptions {
  readonly checkpoints: CheckpointStore;
  readonly anchors: readonly Anchor[];
  /** Keys of the log: nothing else is handed to an anchor, whatever stands in the database. */
  readonly verifiers: readonly NoteVerifier[];
  readonly origin: string;
  readonly violations: ViolationReporter;
  readonly onFailure: (error: unknown) => void;
}

/** Hands checkpoints to all anchors, again and again until each of them has each checkpoint. */
export class Anchoring {
  constructor(private readonly options: AnchoringOptions) {}

  get anchors(): readonly Anchor[] {
    return this.options.anchors;
  }

  /** Hands over what is not anchored yet. Never throws for an anchor's failure. */
  async run(): Promise<void> {
    const { anchors, checkpoints } = this.options;
    if (anchors.length === 0) return;
    const unavailable = new Set<Anchor>();
    for (const checkpoint of await checkpoints.listUnanchored(BATCH)) {
      if (!this.isOurs(checkpoint)) continue;
      let complete = true;
      for (const anchor of anchors) {
        if (unavailable.has(anchor) || !(await this.handOver(anchor, checkpoint, unavailable))) complete = false;
      }
      if (complete) await checkpoints.markAnchored(checkpoint.size, timestampNow());
      if (unavailable.size === anchors.length) return;
    }
  }

  private async handOver(anchor: Anchor, { size, note }: StoredCheckpoint, unavailable: Set<Anchor>): Promise<boolean> {
    try {
      await anchor.put(size, note);
      return true;
    } catch (error) {
      if (error instanceof AnchorConflictError) this.reportConflict(error);
      else unavailable.add(anchor);
      this.options.onFailure(error);
      return false;
    }
  }

  private isOurs({ size, note }: StoredCheckpoint): boolean {
    const { verifiers, origin, violations } = this.options;
    if (readOwnCheckpoint(note, verifiers, undefined)?.size === size) {
      // Those of the log's earlier name, before a restore, are no longer handed over.
      return readOwnCheckpoint(note, verifiers, origin) !== null;
    }
    if (!isOfOrigin(note, origin)) return false;
    violations.report({
      class: 'bad_signature',
      index: null,
      expected: null,
      found: note,
      message:
        `The row of size ${size} in audit_checkpoint is not a note that a key of "${origin}" signed over that size. ` +
        'Somebody wrote it into the database; it is not handed to any anchor.',
    });
    return false;
  }

  private reportConflict({ size, kept, given, message, anchor }: AnchorConflictError): void {
    const { verifiers, origin, violations } = this.options;
    const genuine = readOwnCheckpoint(kept, verifiers, origin) !== null;
    // A folder that another log uses is a mistake of configuration, not an attack.
    if (!genuine && !isOfOrigin(kept, origin)) return;
    violations.report({
      class: genuine ? 'split_view' : 'bad_signature',
      index: null,
      expected: kept,
      found: given,
      message: genuine
        ? message
        : `The anchor ${anchor} keeps a note of size ${size} that names this log, and that none of its keys signed.`,
      notes: [kept, given],
    });
  }
}

function isOfOrigin(note: string, origin: string): boolean {
  return note.startsWith(`${origin}\n`);
}
