import { decodeUtf8, parseUint64 } from '../encoding/strict-encoding.js';
import { SignatureType } from '../notes/signature-algorithm.js';
import { parseVerifierKey } from '../notes/verifier-key.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import { PolicyError } from './policy.error.js';
import type { PolicyErrorReason } from './policy.error.js';
import { QUORUM_NONE } from './policy.js';
import type { Policy, PolicyGroup, PolicyLog, PolicyWitness } from './policy.js';

/** Largest policy file that is read, in bytes. */
const MAX_POLICY_BYTES = 1_000_000;
/** The format allows tab, line feed, printable ASCII and any octet with the high bit set. */
const FORBIDDEN_OCTET = /[^\t\n\x20-\x7e\x80-\xff]/;

/**
 * Reads a policy file (C2SP tlog-policy): lines `log`, `witness`, `group` and exactly one `quorum`; `#` starts a comment
 * line.
 *
 * @param file the file's bytes; a string stands for its UTF-8 bytes
 * @throws PolicyError naming the line, if the file is malformed in any way
 * @publicApi
 */
export function parsePolicy(file: Uint8Array | string): Policy {
  const octets = Buffer.from(file);
  const text = octets.toString('latin1');
  if (octets.length > MAX_POLICY_BYTES || FORBIDDEN_OCTET.test(text)) {
    throw new PolicyError(
      'malformed_policy',
      `A policy file has at most ${MAX_POLICY_BYTES} bytes and no control character but tab and line feed. ` +
        'Save it with Unix line ends.',
    );
  }
  const reader = new PolicyReader();
  text.split('\n').forEach((line, index) => reader.read(line, index + 1));
  return reader.finish();
}

/** Collects the lines of one file; every definition must stand before its use. */
class PolicyReader {
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses = new Map<string, PolicyWitness>();
  readonly #groups = new Map<string, PolicyGroup>();
  readonly #members = new Set<string>();
  #quorum: string | undefined;
  #line = 0;

  read(line: string, number: number): void {
    this.#line = number;
    const [keyword, ...tokens] = line.split(/[ \t]+/).filter((token) => token !== '');
    if (keyword === undefined || keyword.startsWith('#')) return;
    if (keyword === 'log' && tokens.length >= 1 && tokens.length <= 2) return this.#readLog(tokens);
    if (keyword === 'witness' && tokens.length >= 2 && tokens.length <= 3) return this.#readWitness(tokens);
    if (keyword === 'group' && tokens.length >= 3) return this.#readGroup(tokens);
    if (keyword === 'quorum' && tokens.length === 1) return this.#readQuorum(tokens[0]);
    this.#refuse('malformed_line', 'is no log, witness, group or quorum line with the right number of words');
  }

  finish(): Policy {
    if (this.#quorum === undefined) {
      throw new PolicyError(
        'quorum_missing',
        'The policy has no quorum line. Add one; "quorum none" if no cosignature is needed.',
      );
    }
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum };
  }

  #readLog([vkey, url]: string[]): void {
    const verifier = this.#key(vkey, SignatureType.ED25519);
    this.#assertNewKey(
      verifier,
      this.#logs.map((log) => log.verifier),
    );
    this.#logs.push({ origin: verifier.name, verifier, ...(url !== undefined && { url }) });
  }

  #readWitness([name, vkey, url]: string[]): void {
    this.#assertNewName(name);
    const verifier = this.#key(vkey, SignatureType.COSIGNATURE);
    this.#assertNewKey(
      verifier,
      [...this.#witnesses.values()].map((witness) => witness.verifier),
    );
    this.#witnesses.set(name, { verifier, ...(url !== undefined && { url }) });
  }

  #readGroup([name, thresholdText, ...members]: string[]): void {
    this.#assertNewName(name);
    for (const member of members) {
      this.#assertDefined(member);
      if (this.#members.has(member)) {
        this.#refuse('member_used_twice', `uses "${member}" as a member again; each name counts in one place only`);
      }
      this.#members.add(member);
    }
    this.#groups.set(name, { threshold: this.#threshold(thresholdText, members.length), members });
  }

  #readQuorum(name: string): void {
    if (this.#quorum !== undefined) this.#refuse('quorum_repeated', 'is a second quorum line');
    if (name !== QUORUM_NONE) this.#assertDefined(name);
    this.#quorum = name;
  }

  #threshold(text: string, members: number): number {
    if (text === 'any') return 1;
    if (text === 'all') return members;
    const threshold = parseUint64(text);
    if (threshold === undefined || threshold < 1n || threshold > BigInt(members)) {
      this.#refuse(
        'malformed_threshold',
        `asks for "${text}" of ${members} members; write any, all or 1 to ${members}`,
      );
    }
    return Number(threshold);
  }

  #key(octets: string, type: number): NoteVerifier {
    const vkey = decodeUtf8(Buffer.from(octets, 'latin1'));
    if (vkey === undefined) this.#refuse('malformed_key', 'has a key that is not valid UTF-8');
    let verifier: NoteVerifier;
    try {
      verifier = parseVerifierKey(vkey);
    } catch (cause) {
      return this.#refuse('malformed_key', `has no good key (${(cause as Error).message})`, cause);
    }
    if (verifier.type !== type) {
      this.#refuse('unfit_key_type', `needs a key of type 0${type} for this role, got type 0${verifier.type}`);
    }
    return verifier;
  }

  #assertNewKey(verifier: NoteVerifier, known: readonly NoteVerifier[]): void {
    if (known.some((other) => Buffer.from(other.publicKey).equals(verifier.publicKey))) {
      this.#refuse(
        'duplicate_key',
        'repeats a public key of an earlier line of its kind, so one party would count twice',
      );
    }
  }

  #assertNewName(name: string): void {
    if (name === QUORUM_NONE) this.#refuse('reserved_name', 'defines the name "none", which is reserved');
    if (this.#witnesses.has(name) || this.#groups.has(name)) {
      this.#refuse('duplicate_name', `defines the name "${name}" again`);
    }
  }

  #assertDefined(name: string): void {
    if (name === QUORUM_NONE) this.#refuse('reserved_name', 'uses "none" as a member');
    if (!this.#witnesses.has(name) && !this.#groups.has(name)) {
      this.#refuse('unknown_name', `refers to "${name}", which no earlier line defines`);
    }
  }

  #refuse(reason: PolicyErrorReason, what: string, cause?: unknown): never {
    throw new PolicyError(reason, `Line ${this.#line} of the policy ${what}.`, { cause });
  }
}
