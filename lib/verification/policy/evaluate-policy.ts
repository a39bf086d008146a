import { parseCheckpoint } from '../notes/checkpoint.js';
import { CheckpointError } from '../notes/checkpoint.error.js';
import { NoteError } from '../notes/note.error.js';
import { splitNote } from '../notes/note-format.js';
import type { OpenedCheckpoint } from '../notes/open-checkpoint.js';
import { openNote } from '../notes/open-note.js';
import type { OpenedNote } from '../notes/open-note.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import { PolicyError } from './policy.error.js';
import { QUORUM_NONE } from './policy.js';
import type { Policy } from './policy.js';

/**
 * Tells whether the cosignatures of an opened note meet the quorum. Several cosignatures of one witness count once.
 *
 * Says nothing about the log's own signature; {@link verifyCheckpoint} checks both.
 *
 * @publicApi
 */
export function satisfiesPolicy(policy: Policy, note: Pick<OpenedNote, 'signatures'>): boolean {
  const keys = new Set(note.signatures.map(({ verifier }) => identity(verifier)));
  const holds = (name: string): boolean => {
    const witness = policy.witnesses.get(name);
    if (witness !== undefined) return keys.has(identity(witness.verifier));
    const group = policy.groups.get(name);
    return group !== undefined && group.members.filter(holds).length >= group.threshold;
  };
  return policy.quorum === QUORUM_NONE || holds(policy.quorum);
}

/**
 * Opens a signed checkpoint and checks it against a policy: accepted origin, the log's signature, the quorum.
 *
 * @param note the whole note, as text or as bytes
 * @throws CheckpointError if its text is not a checkpoint, or of a log that the policy does not list
 * @throws NoteError if the note is malformed, a signature of a listed key is bad, or the log did not sign
 * @throws PolicyError if the quorum is not met
 * @publicApi
 */
export function verifyCheckpoint(note: string | Uint8Array, policy: Policy): OpenedCheckpoint {
  const { origin } = parseCheckpoint(splitNote(note).text);
  const logs = policy.logs.filter((log) => log.origin === origin).map((log) => log.verifier);
  if (logs.length === 0) {
    throw new CheckpointError(
      'unexpected_origin',
      `The checkpoint is of the log "${origin}", which the policy does not list. Add its key if you trust that log.`,
    );
  }
  const opened = openNote(note, [...logs, ...[...policy.witnesses.values()].map((witness) => witness.verifier)]);
  if (!opened.signatures.some(({ verifier }) => logs.includes(verifier))) {
    throw new NoteError(
      'no_known_signature',
      `No trusted key of the log "${origin}" signed this checkpoint. Cosignatures alone do not make it the log's word.`,
    );
  }
  if (!satisfiesPolicy(policy, opened)) {
    throw new PolicyError(
      'quorum_not_met',
      `The checkpoint of "${origin}" lacks the cosignatures that the quorum "${policy.quorum}" asks for. ` +
        'Fetch a checkpoint with more cosignatures.',
    );
  }
  return { checkpoint: parseCheckpoint(opened.text), note: opened };
}

function identity(verifier: NoteVerifier): string {
  return `${verifier.name}+${verifier.keyId}+${Buffer.from(verifier.publicKey).toString('hex')}`;
}
