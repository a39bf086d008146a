import type { NoteVerifier } from '../notes/verifier-key.js';

/** The quorum that asks for no cosignature at all. */
export const QUORUM_NONE = 'none';

/** A log whose checkpoints are accepted. */
export interface PolicyLog {
  /** Origin line of its checkpoints. In a policy file this is the key name; foreign logs may differ. */
  origin: string;
  /** Key that signs for it. */
  verifier: NoteVerifier;
  /** Where it is reached. */
  url?: string;
}

/** A witness whose cosignatures count. */
export interface PolicyWitness {
  /** Key that cosigns for it. */
  verifier: NoteVerifier;
  /** Where it is reached. */
  url?: string;
}

/** Members of which a number must have cosigned. */
export interface PolicyGroup {
  /** How many members are needed, 1 to the number of members. */
  threshold: number;
  /** Names of witnesses or groups. */
  members: readonly string[];
}

/**
 * Which logs are accepted, and whose cosignatures a checkpoint needs (C2SP tlog-policy).
 *
 * Names of witnesses and groups are octets, one UTF-16 unit each; they mean nothing outside of the policy.
 *
 * @publicApi
 */
export interface Policy {
  /** Accepted logs; a signature of any of them suffices. */
  logs: readonly PolicyLog[];
  /** Witnesses by name. */
  witnesses: ReadonlyMap<string, PolicyWitness>;
  /** Groups by name; members are defined before the group, so that there is no circle. */
  groups: ReadonlyMap<string, PolicyGroup>;
  /** Name of the witness or group that must have cosigned, or {@link QUORUM_NONE}. */
  quorum: string;
}

/**
 * A policy that accepts the logs of the given keys (key name = origin) and asks for no witness.
 *
 * @publicApi
 */
export function policyOfLogs(verifiers: readonly NoteVerifier[]): Policy {
  return {
    logs: verifiers.map((verifier) => ({ origin: verifier.name, verifier })),
    witnesses: new Map(),
    groups: new Map(),
    quorum: QUORUM_NONE,
  };
}
