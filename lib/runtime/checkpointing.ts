import type { LeaseStore } from '../ledger/lease-store.port.js';
import { formatIdentity, ownIdentity } from '../ledger/process/process-identity.js';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { Anchor } from '../verification/anchors/anchor.port.js';
import { DirectoryAnchor } from '../verification/anchors/directory.anchor.js';
import { Anchoring } from '../verification/checkpoints/anchoring.js';
import { CheckpointPublisher } from '../verification/checkpoints/checkpoint-publisher.js';
import type { CheckpointViolation } from '../verification/checkpoints/checkpoint-violation.interface.js';
import { collectKnownCheckpoints } from '../verification/checkpoints/known-checkpoints.js';
import { ViolationReporter } from '../verification/checkpoints/violation-reporter.js';
import { parseVerifierKey } from '../verification/notes/verifier-key.js';
import type { CheckpointKey } from '../verification/signing/checkpoint-key.js';
import { CheckpointSigner } from '../verification/signing/checkpoint-signer.js';
import type { SignedCheckpoint } from '../verification/signing/checkpoint-signer.js';
import { FileSignerStateStore } from '../verification/signing/file.signer-state-store.js';
import type { KeyRotation } from '../verification/signing/key-rotation.js';
import { loadCheckpointKey } from '../verification/signing/load-key.js';

/** What happens around the signing of a log; without a running application nothing needs to. */
export interface CheckpointingHooks {
  /** Puts a change of keys into the log. */
  readonly announce: (rotation: KeyRotation) => Promise<void>;
  /** Seals an event that says that nothing happened. */
  readonly heartbeat: (last: SignedCheckpoint | null) => Promise<void>;
  readonly onViolation: (violation: CheckpointViolation) => void;
  readonly onFailure: (error: unknown) => void;
  /** Something worth a line in the log of the operation. */
  readonly onNotice: (message: string) => void;
}

type Signing = NonNullable<ResolvedAuditOptions['signing']>;

/** Signing keys of the options, the present one first; none without signing. @throws SigningKeyError, NoteKeyError */
export async function loadSigningKeys(signing: ResolvedAuditOptions['signing']): Promise<CheckpointKey[]> {
  if (!signing) return [];
  const { origin, keyFile, key, signer, previousKeys } = signing;
  return Promise.all([{ keyFile, key, signer }, ...previousKeys].map((source) => loadCheckpointKey(origin, source)));
}

/** The anchors of the options. */
export function createAnchors({ anchors }: ResolvedAuditOptions['checkpoints']): Anchor[] {
  return anchors.map(({ directory, anchor }) => anchor ?? new DirectoryAnchor(directory as string));
}

/** Puts signer, anchors and publisher of a log together. It publishes on demand; `start` makes it publish by itself. */
export function createPublisher(
  storage: Pick<AuditStorage, 'ledger' | 'checkpoints'> & { readonly leases: LeaseStore },
  keys: readonly CheckpointKey[],
  anchors: readonly Anchor[],
  options: Pick<ResolvedAuditOptions, 'checkpoints'> & { readonly signing: Signing },
  hooks: CheckpointingHooks,
): CheckpointPublisher {
  const { ledger, checkpoints, leases } = storage;
  const { origin, stateFile } = options.signing;
  const verifiers = keys.map(({ verifierKey }) => parseVerifierKey(verifierKey));
  const violations = new ViolationReporter(hooks.onViolation);
  const signer = new CheckpointSigner({
    origin,
    keys,
    memory: new FileSignerStateStore(stateFile),
    log: ledger,
    known: () => collectKnownCheckpoints({ checkpoints, anchors, verifiers, origin }),
    announce: hooks.announce,
    onAdopted: ({ size, source }) =>
      hooks.onNotice(
        `The signer had no memory in ${stateFile} and goes on from size ${size} (${source}). Expected on a new host; ` +
          'otherwise find out who removed the file.',
      ),
  });
  return new CheckpointPublisher({
    signer,
    checkpoints,
    log: ledger,
    anchoring: new Anchoring({ checkpoints, anchors, verifiers, origin, violations, onFailure: hooks.onFailure }),
    verifiers,
    leases,
    holder: formatIdentity(ownIdentity()),
    everyMs: options.checkpoints.everyMs,
    idleEveryMs: options.checkpoints.idleEveryMs,
    heartbeat: hooks.heartbeat,
    violations,
    onFailure: hooks.onFailure,
  });
}
