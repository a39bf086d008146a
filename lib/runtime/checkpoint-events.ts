import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEvent } from '../event/audit-event.interface.js';
import type { LogHead } from '../ledger/ledger-store.port.js';
import type { CheckpointViolation } from '../verification/checkpoints/checkpoint-violation.interface.js';
import type { SignedCheckpoint } from '../verification/signing/checkpoint-signer.js';
import type { EndedLog } from '../verification/signing/new-incarnation.js';
import type { KeyRotation } from '../verification/signing/key-rotation.js';

const SYSTEM = { type: 'system', authMethod: 'internal' } as const;

/** Nothing was recorded for a while, and the log was there to record it. */
export function heartbeatEvent(last: SignedCheckpoint | null): AuditEvent {
  return {
    action: 'audit.heartbeat',
    severity: 'info',
    actor: SYSTEM,
    metadata: { checkpoint: last && { size: last.size, root: last.root } },
  };
}

/** Signing or anchoring found the log to be wrong. */
export function violationEvent(violation: CheckpointViolation): AuditEvent {
  const { class: code, ...details } = violation;
  return {
    action: 'audit.integrity_violation',
    outcome: 'failure',
    severity: 'error',
    actor: SYSTEM,
    reason: { code },
    metadata: { source: 'checkpoint', class: code, ...details },
  };
}

/** How an `audit.key_rotated` event names the key that signs from then on. */
export const ROTATED_KEY = 'audit_signing_key';

/** Other keys sign from now on. */
export function keyRotatedEvent({ origin, from, to, size }: KeyRotation): AuditEvent {
  return {
    action: 'audit.key_rotated',
    severity: 'warning',
    actor: SYSTEM,
    resource: { type: ROTATED_KEY, id: keyNameOf(to) },
    metadata: { origin, from, to, lastSizeOfOldKeys: size },
  };
}

/** `name+id` of the new keys, without the keys themselves. */
export function keyNameOf(verifierKeys: readonly string[]): string {
  return verifierKeys.map((key) => key.split('+', 2).join('+')).join(' ');
}

/** The same rotation gives the same UUIDv7 on every process that sees it. */
export function rotationId({ origin, from, to, since }: KeyRotation): string {
  const random = createHash('sha256')
    .update(JSON.stringify([origin, from, to]))
    .digest();
  return uuidv7({ msecs: Date.parse(since), random: random.subarray(0, 16), seq: random.readUInt32BE(16) });
}

export interface RestoreFacts {
  /** Name under which the log goes on. */
  readonly origin: string;
  readonly ended: EndedLog;
  /** The log as it was restored. */
  readonly head: Pick<LogHead, 'size' | 'root'>;
  readonly operator: string;
  readonly reason: string;
}

/** The database was restored from a backup; what was signed and is not in it any more is named. */
export function restoredEvent({ origin, ended, head, operator, reason }: RestoreFacts): AuditEvent {
  return {
    action: 'audit.restored',
    severity: 'warning',
    actor: { type: 'user', id: operator, authMethod: 'command_line' },
    reason: { code: 'restored_from_backup' },
    metadata: {
      origin,
      previousOrigin: ended.origin,
      lastCheckpoint: { size: ended.size, root: ended.root },
      restored: { size: head.size, root: head.root },
      operator,
      reason,
    },
  };
}
