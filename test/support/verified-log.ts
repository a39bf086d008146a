import type { CheckpointRange, StoredCheckpoint } from '../../lib/verification/checkpoints/checkpoint-store.port.js';
import { AuditVerifier } from '../../lib/verification/history/audit-verifier.js';
import type { AuditVerifierSettings } from '../../lib/verification/history/audit-verifier.js';
import type { AuditVerdict, AuditVerifyOptions } from '../../lib/verification/history/audit-verdict.interface.js';
import type { VerifierStateStore } from '../../lib/verification/history/verifier-state-store.port.js';
import { trustKeys } from '../../lib/verification/trust/parse-trust.js';
import { LogCopy } from './log-copy.js';
import { publisherOf } from './publisher.js';
import { LogAuthor, variedEvents } from './sealed-log.js';
import { SignedLog } from './signed-log.js';

/** A verifier's memory that a test can look into and put back. */
export class TestState implements VerifierStateStore {
  readonly name = 'test state';
  readonly insideDatabase = false;
  writes = 0;

  constructor(public text: string | null = null) {}

  async read(): Promise<string | null> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    this.writes++;
    this.text = text;
  }
}

/** A signed and anchored log, a copy of its database that anything can be done to, and a verifier outside of it. */
export class VerifiedLog {
  readonly signed = new SignedLog();
  readonly state = new TestState();
  /** Records that were read by the verifier. */
  reads = 0;
  database: LogCopy = new LogCopy({ size: 0, root: '', compactRange: [], createdAt: '', origin: '' }, [], []);
  checkpoints: StoredCheckpoint[] = [];
  private readonly author = new LogAuthor(this.signed.storage.ledger);
  private readonly publisher = publisherOf(this.signed).publisher;
  private written = 0;

  /** Seals events and, unless told otherwise, publishes a checkpoint; the copy follows. */
  async grow(count: number, checkpoint = true): Promise<void> {
    await this.author.seal(variedEvents(count, this.written));
    this.written += count;
    if (checkpoint) await this.publisher.publish();
    await this.reset();
  }

  /** Makes the copy that of the untouched database again. */
  async reset(): Promise<void> {
    this.database = await LogCopy.of(this.signed.storage.ledger);
    this.checkpoints = await this.signed.storage.checkpoints.list({ limit: 1_000_000 });
  }

  /** What a backup would hold. */
  backup(): { database: LogCopy; checkpoints: StoredCheckpoint[] } {
    return { database: this.database.copy(), checkpoints: [...this.checkpoints] };
  }

  verify(options: AuditVerifyOptions = {}, changes: Partial<AuditVerifierSettings> = {}): Promise<AuditVerdict> {
    return this.verifier(changes).verify(options);
  }

  verifier(changes: Partial<AuditVerifierSettings> = {}): AuditVerifier {
    const { signed } = this;
    return new AuditVerifier({
      log: {
        readHead: () => this.database.readHead(),
        readStreams: (names) => this.database.readStreams(names),
        readLeafHashes: (from, to) => this.database.readLeafHashes(from, to),
        findPage: (request) => this.database.findPage(request),
        readRange: async (from, limit) => {
          const rows = await this.database.readRange(from, limit);
          this.reads += rows.length;
          return rows;
        },
      },
      trust: trustKeys(
        signed.keys.map(({ verifierKey }) => verifierKey),
        signed.origin,
      ),
      checkpoints: { list: async (range) => this.list(range) },
      anchors: signed.anchors,
      state: this.state,
      ...changes,
    });
  }

  drop(): void {
    this.signed.drop();
  }

  private list({ from = 0, to = Infinity, direction, limit }: CheckpointRange): StoredCheckpoint[] {
    const found = this.checkpoints
      .filter(({ size }) => size >= from && size <= to)
      .sort((a, b) => (direction === 'descending' ? b.size - a.size : a.size - b.size));
    return found.slice(0, limit);
  }
}
