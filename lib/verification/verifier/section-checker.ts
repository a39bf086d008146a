import { jsonMembers } from '../../event/json-members.js';
import { chainHash } from '../../ledger/sealing/chain-hash.js';
import { sectionCommitment } from '../../ledger/sealing/section-commitment.js';

/** One section that is not what the record committed to. */
export interface SectionProblem {
  readonly expected: string | null;
  readonly found: string | null;
  readonly why: string;
}

interface Commitment {
  readonly name: string;
  readonly bytes: number;
  readonly commitment: string;
}

const SALT_LENGTH = 32;
const BETWEEN = '","value":';
const OPENING = '{"salt":"';
const SCRATCH_BYTES = 512 * 1024;
const MOST_BYTES_PER_UNIT = 3;

/** What Node's buffers have and its types leave out: twice as fast as `toString('latin1')` on a few bytes. */
type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };

/** Only used between two lines of synchronous code. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES) as Latin1Buffer;

/**
 * Compares the stored sections with the commitments in the record.
 *
 * The record says how many bytes each section has, so its bytes are cut out of the stored text and hashed as they stand;
 * nothing is parsed unless something is wrong.
 *
 * @param commitments canonical JSON of the record's commitments; null when it has none
 * @param stored text of the column; null when it is empty
 * @param partial sections may be absent, as in a copy that leaves some out
 * @returns what is wrong, nothing if all is well
 */
export function checkSections(commitments: string | null, stored: unknown, partial = false): readonly SectionProblem[] {
  if (commitments === null && stored === null) return NONE;
  const committed = commitments === null ? [] : readCommitments(commitments);
  if (typeof stored === 'string' && fits(committed, stored)) return NONE;
  return partial ? explainPartial(committed, stored) : explain(committed, stored);
}

const NONE: readonly SectionProblem[] = [];

/** Whether the text is, to the byte, what sealing makes of sections with these commitments. */
function fits(committed: readonly Commitment[], stored: string): boolean {
  const small = stored.length * MOST_BYTES_PER_UNIT <= SCRATCH_BYTES;
  const bytes = small ? scratch : (Buffer.from(stored) as Latin1Buffer);
  const length = small ? scratch.write(stored) : bytes.length;
  let at = 0;
  const follows = (text: string): boolean => {
    const start = at;
    at += text.length;
    return at <= length && bytes.latin1Slice(start, at) === text;
  };
  for (let i = 0; i < committed.length; i++) {
    const { name, bytes: size, commitment } = committed[i];
    if (!follows(`${i === 0 ? '{' : ','}"${name}":{"salt":"`)) return false;
    const salt = at;
    at += SALT_LENGTH;
    if (!follows(BETWEEN) || at + size >= length) return false;
    // The salt is moved next to the value, over what was compared already, so that both are hashed in one piece.
    bytes.copyWithin(at - SALT_LENGTH, salt, salt + SALT_LENGTH);
    if (chainHash('sha256', bytes.subarray(at - SALT_LENGTH, at + size)) !== commitment) return false;
    at += size;
    if (!follows('}')) return false;
  }
  return committed.length > 0 && follows('}') && at === length;
}

/** The text has been matched by the grammar of a record, so every part stands where it must. */
function readCommitments(text: string): Commitment[] {
  const committed: Commitment[] = [];
  for (let at = 1; at < text.length;) {
    const nameEnd = text.indexOf('"', at + 1);
    const bytesStart = nameEnd + '":{"bytes":'.length;
    const bytesEnd = text.indexOf(',', bytesStart);
    const hashStart = bytesEnd + ',"commitment":"'.length;
    const hashEnd = hashStart + 64;
    committed.push({
      name: text.slice(at + 1, nameEnd),
      bytes: Number(text.slice(bytesStart, bytesEnd)),
      commitment: text.slice(hashStart, hashEnd),
    });
    at = hashEnd + '"},'.length;
  }
  return committed;
}

function explain(committed: readonly Commitment[], stored: unknown): SectionProblem[] {
  if (stored === null) {
    return committed.map(({ name, commitment }) => problem(commitment, null, `the section ${name} is gone`));
  }
  let found: Map<string, string>;
  try {
    const text = stored as string;
    found = new Map(jsonMembers(text).map(({ name, start, end }) => [name, text.slice(start, end)]));
  } catch {
    return [problem(null, null, 'the column does not hold one compact JSON object of sections')];
  }
  const problems = committed.flatMap((commitment) => explainOne(commitment, found.get(commitment.name)));
  for (const name of found.keys()) {
    if (committed.some((commitment) => commitment.name === name)) continue;
    problems.push(problem(null, name, `the record knows nothing of a section ${name}`));
  }
  if (problems.length > 0) return problems;
  return [problem(null, null, 'every section is right, but the text around them was changed')];
}

/** What is there is as it was committed to; then the rest was left out, not taken away. */
function explainPartial(committed: readonly Commitment[], stored: unknown): readonly SectionProblem[] {
  if (stored === null) return NONE;
  let present: ReadonlySet<string>;
  try {
    present = new Set(jsonMembers(stored as string).map(({ name }) => name));
  } catch {
    return explain(committed, stored);
  }
  const kept = committed.filter(({ name }) => present.has(name));
  return typeof stored === 'string' && fits(kept, stored) ? NONE : explain(kept, stored);
}

function explainOne({ name, bytes, commitment }: Commitment, text: string | undefined): SectionProblem[] {
  if (text === undefined) return [problem(commitment, null, `the section ${name} is gone`)];
  const salt = text.slice(OPENING.length, OPENING.length + SALT_LENGTH);
  const opening = `${OPENING}${salt}${BETWEEN}`;
  if (salt.length < SALT_LENGTH || !text.startsWith(opening) || !text.endsWith('}')) {
    return [problem(commitment, null, `the section ${name} has not the form {"salt":"…","value":…}`)];
  }
  const json = text.slice(opening.length, -1);
  const found = sectionCommitment(salt, json);
  if (found !== commitment) return [problem(commitment, found, `the section ${name} was changed`)];
  const size = Buffer.byteLength(json);
  if (size === bytes) return [];
  return [problem(String(bytes), String(size), `the section ${name} has ${size} bytes; the record says ${bytes}`)];
}

function problem(expected: string | null, found: string | null, why: string): SectionProblem {
  return { expected, found, why };
}
