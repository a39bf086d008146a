import { timestampNow } from '../../event/timestamp.js';
import type { LogHead } from '../../ledger/ledger-store.port.js';
import { CompactRange, EMPTY_ROOT } from '../../ledger/merkle/index.js';
import { formatCheckpoint } from '../notes/checkpoint.js';
import { signNoteAsync } from '../notes/sign-note.js';
import type { CheckpointKey } from './checkpoint-key.js';
import { behindMemory, contradictsMemory } from './history-check.js';
import type { KeyRotation } from './key-rotation.js';
import type { KnownCheckpoint } from './known-checkpoint.js';
import { extendByRecords } from './record-pass.js';
import type { RecordCheck } from './record-pass.js';
import type { SignableLog } from './signable-log.port.js';
import type { SignerState } from './signer-state.js';
import { SignerStateError } from './signer-state.error.js';
import type { SignerStateStore } from './signer-state-store.port.js';
import { SigningRefusedError } from './signing-refused.error.js';
import { StreamLinks } from './stream-links.js';

/** Losing so often in a row to other signers does not happen; something else is wrong then. */
const ATTEMPTS = 50;

export interface SignedCheckpoint {
  readonly size: number;
  /** Lowercase hex. */
  readonly root: string;
  /** The signed note. */
  readonly note: string;
}

export interface CheckpointSignerOptions {
  readonly origin: string;
  /** Keys that sign, the present one first. During a rotation the previous one signs too. */
  readonly keys: readonly CheckpointKey[];
  readonly memory: SignerStateStore;
  readonly log: SignableLog;
  /** Checkpoints of this log, signed by these keys, that are kept elsewhere; for a signer without memory. */
  readonly known: () => Promise<readonly KnownCheckpoint[]>;
  /** Puts the change of keys into the log before a new key signs for the first time. */
  readonly announce: (rotation: KeyRotation) => Promise<void>;
  /** A new check for each pass over new records. @default that each follows the one before it in its stream */
  readonly recordCheck?: () => RecordCheck;
  /** Told when there was no memory and the signer goes on from a checkpoint that it found. */
  readonly onAdopted?: (known: KnownCheckpoint) => void;
}

/**
 * Signs the size and root of a log, and remembers what it signed outside the database. It only ever signs an extension
 * of that: the tree is extended from its own memory by the bytes of the new records, and must lead to the root that the
 * database names.
 */
export class CheckpointSigner {
  constructor(private readonly options: CheckpointSignerOptions) {}

  get origin(): string {
    return this.options.origin;
  }

  /** Verifier keys of those who sign. */
  get verifierKeys(): string[] {
    return this.options.keys.map(({ verifierKey }) => verifierKey);
  }

  /**
   * Signs the log as it is now. The memory is moved, durably, before the signature exists.
   *
   * @throws SigningRefusedError the log is no extension of what was signed, or the configuration does not go on from it
   * @throws SignerStateError the memory cannot be read or kept
   * @throws what the log's store or a key throws
   */
  async sign(): Promise<SignedCheckpoint> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const remembered = await this.options.memory.read();
      const { version = 0, state = null } = remembered ?? {};
      if (state) await this.checkConfiguration(state);
      const next = await this.extend(state);
      if (state && saysTheSame(state, next)) return this.release(next);
      if (await this.options.memory.replace(version, next)) return this.release(next);
    }
    throw new SignerStateError(
      `The signer's memory ${this.options.memory.name} changed ${ATTEMPTS} times while one checkpoint was made. Nothing ` +
        'was signed. Find out what else writes to it.',
    );
  }

  private async checkConfiguration(state: SignerState): Promise<void> {
    const { origin, announce } = this.options;
    if (state.origin !== origin) throw originChanged(state, origin);
    const keys = this.verifierKeys;
    const from = keys.filter((key) => state.keys.includes(key));
    const to = keys.filter((key) => !state.keys.includes(key));
    if (state.keys.length === 0 || to.length === 0) return;
    if (from.length === 0) throw keyChanged(state, keys);
    await announce({ origin, from, to, size: state.size, since: state.signedAt });
  }

  private async extend(state: SignerState | null): Promise<SignerState> {
    const head = await this.options.log.readHead();
    const range = state ? await this.extendMemory(state, head) : await this.rebuild(head);
    return {
      origin: this.options.origin,
      size: range.size,
      root: range.root().toString('hex'),
      compactRange: range.toHex(),
      keys: this.verifierKeys,
      signedAt: timestampNow(),
      ...(state?.predecessors && { predecessors: state.predecessors }),
    };
  }

  private async extendMemory(state: SignerState, head: LogHead): Promise<CompactRange> {
    const { log, known, memory } = this.options;
    if (head.size < state.size) throw behindMemory(state, head, memory.name);
    const range = CompactRange.fromHex(state.size, state.compactRange);
    await extendByRecords(log, range, head.size, this.recordCheck());
    if (range.root().toString('hex') === head.root) return range;
    throw await contradictsMemory(log, head, state, await known());
  }

  /** Without a memory the whole log is read, and must contain what is known to have been signed. */
  private async rebuild(head: LogHead): Promise<CompactRange> {
    const { log, known, onAdopted } = this.options;
    const found = await known();
    const latest = found.reduce<KnownCheckpoint | null>((a, b) => (a && a.size >= b.size ? a : b), null);
    if (latest && head.size < latest.size) throw behindMemory(latest, head, latest.source);
    const range = new CompactRange();
    let root = EMPTY_ROOT.toString('hex');
    await extendByRecords(log, range, head.size, this.recordCheck(), (size) => {
      if (size === latest?.size) root = range.root().toString('hex');
    });
    if (latest && root !== latest.root) throw await contradictsMemory(log, head, latest, found);
    if (range.root().toString('hex') !== head.root) {
      throw await contradictsMemory(log, head, { size: head.size, root: range.root().toString('hex') }, found);
    }
    if (latest) onAdopted?.(latest);
    return range;
  }

  private recordCheck(): RecordCheck {
    return this.options.recordCheck?.() ?? new StreamLinks(this.options.log);
  }

  private async release({ origin, size, root }: SignerState): Promise<SignedCheckpoint> {
    const text = formatCheckpoint({ origin, size: BigInt(size), root: Buffer.from(root, 'hex') });
    return { size, root, note: await signNoteAsync(text, this.options.keys) };
  }
}

function saysTheSame(state: SignerState, next: SignerState): boolean {
  return state.size === next.size && state.root === next.root && state.keys.join() === next.keys.join();
}

function originChanged(state: SignerState, origin: string): SigningRefusedError {
  return new SigningRefusedError(
    { state: 'origin_changed', index: null, expected: state.origin, found: origin },
    `The signer has signed for the log "${state.origin}" up to size ${state.size}, and is asked to sign for "${origin}". ` +
      'A log keeps its name. If the database was restored from a backup, go on with "nestjs-audit-trail restored"; if ' +
      'this is another log, give it another signing.stateFile.',
  );
}

function keyChanged(state: SignerState, keys: readonly string[]): SigningRefusedError {
  return new SigningRefusedError(
    { state: 'key_changed', index: null, expected: state.keys.join(', '), found: keys.join(', ') },
    `The log "${state.origin}" was signed by other keys (${state.keys.join(', ')}) than those configured. For a rotation ` +
      'list the old key in signing.previousKeys until all who verify trust the new one. If the old key is lost, go on ' +
      'under a new name with "nestjs-audit-trail restored".',
  );
}
