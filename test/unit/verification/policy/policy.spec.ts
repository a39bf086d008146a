import {
  cosigner,
  ed25519Signer,
  formatVerifierKey,
  openNote,
  parseVerifierKey,
  signNote,
} from '../../../../lib/verification/notes/index.js';
import {
  PolicyError,
  parsePolicy,
  policyOfLogs,
  satisfiesPolicy,
  verifyCheckpoint,
} from '../../../../lib/verification/policy/index.js';
import { LOG, PETER, SUM_GOLANG_ORG, WITNESS } from '../vectors/keys.js';
import { CHECKPOINT_NOTE, CHECKPOINT_TEXT, LOG_LINE, WITNESS_LINE } from '../vectors/notes.js';

const LOG_ROW = `log ${LOG.verifierKey}`;
const W1_ROW = `witness w1 ${WITNESS.verifierKey}`;
const EXAMPLE = `${LOG_ROW}\n${W1_ROW}\ngroup g any w1\nquorum g\n`;

const seed = (number: number) => Buffer.alloc(32, number);
const witness = (number: number) => cosigner(`w${number}.example.com`, seed(number), () => 1_000n);
const row = (number: number) => `witness W${number} ${witness(number).verifierKey}`;
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index + 2)).join('\n');

describe('parsePolicy', () => {
  it('reads the published example', () => {
    const policy = parsePolicy(EXAMPLE);
    expect(policy.logs).toMatchObject([{ origin: LOG.origin, verifier: { keyId: '41d062d8' } }]);
    expect([...policy.witnesses]).toMatchObject([['w1', { verifier: { name: WITNESS.name, keyId: '04758baf' } }]]);
    expect([...policy.groups]).toEqual([['g', { threshold: 1, members: ['w1'] }]]);
    expect(policy.quorum).toBe('g');
  });

  it('reads comments, empty lines, tabs, addresses, lines in any order, and a file without final line feed', () => {
    const text = `# comment\n\n  \t# indented comment\n\twitness  w1\t${WITNESS.verifierKey}  https://w1.example/ \nquorum w1\nlog ${LOG.verifierKey} https://log.example/`;
    const policy = parsePolicy(Buffer.from(text));
    expect(policy.logs[0].url).toBe('https://log.example/');
    expect(policy.witnesses.get('w1')?.url).toBe('https://w1.example/');
    expect(parsePolicy('quorum none').logs).toEqual([]);
  });

  it('treats names as octets: a Kelvin sign is not a K, whatever Unicode says', () => {
    const kelvin = `${W1_ROW.replace('w1', '\u212a')}\n`;
    expect(parsePolicy(`${kelvin}quorum \u212a\n`).witnesses.has('\u00e2\u0084\u00aa')).toBe(true);
    expect(() => parsePolicy(`${kelvin}quorum K\n`)).toThrow(expect.objectContaining({ reason: 'unknown_name' }));
    const latin1 = Buffer.from(`${W1_ROW.replace('w1', '\u00ff')}\nquorum \u00ff\n`, 'latin1');
    expect(parsePolicy(latin1).quorum).toBe('\u00ff');
  });

  it('reads 32 logs, 32 witnesses and 32 groups', () => {
    const lines = ['quorum g31'];
    for (let index = 31; index >= 0; index--) {
      lines.unshift(`group g${index} all W${index + 40}${index === 0 ? '' : ` g${index - 1}`}`);
    }
    const groups = lines.slice(0, 32);
    const logs = Array.from(
      { length: 32 },
      (_, index) => `log ${ed25519Signer(`log${index}`, seed(index + 80)).verifierKey}`,
    );
    const witnesses = Array.from({ length: 32 }, (_, index) => row(index + 40));
    const policy = parsePolicy([...logs, ...witnesses, ...groups, 'quorum g31'].join('\n'));
    expect([policy.logs.length, policy.witnesses.size, policy.groups.size]).toEqual([32, 32, 32]);
  });

  const unfit = ed25519Signer('w', seed(9)).verifierKey;
  const renamed = formatVerifierKey({ ...parseVerifierKey(LOG.verifierKey), name: 'example.com/other' });
  const renamedWitness = formatVerifierKey({ ...parseVerifierKey(WITNESS.verifierKey), name: 'w.example' });

  it.each<[string, string | Buffer, string]>([
    ['no quorum line', `${LOG_ROW}\n${W1_ROW}\n`, 'quorum_missing'],
    ['two quorum lines', `${EXAMPLE}quorum g\n`, 'quorum_repeated'],
    ['a forward reference', `${W1_ROW}\ngroup g any h\ngroup h any w1\nquorum g\n`, 'unknown_name'],
    ['a quorum that is defined later', `quorum w1\n${W1_ROW}\n`, 'unknown_name'],
    ['a group in itself', `${W1_ROW}\ngroup g any g\nquorum g\n`, 'unknown_name'],
    ['an unknown quorum', `${W1_ROW}\nquorum w2\n`, 'unknown_name'],
    ['a log as quorum', `${LOG_ROW}\nquorum ${LOG.origin}\n`, 'unknown_name'],
    ['a witness defined twice', `${W1_ROW}\nwitness w1 ${witness(5).verifierKey}\nquorum w1\n`, 'duplicate_name'],
    ['a group named as a witness', `${W1_ROW}\ngroup w1 any w1\nquorum w1\n`, 'duplicate_name'],
    ['a group defined twice', `${rows(2)}\ngroup g any W2\ngroup g any W3\nquorum g\n`, 'duplicate_name'],
    ['a member twice in a group', `${W1_ROW}\ngroup g 2 w1 w1\nquorum g\n`, 'member_used_twice'],
    ['a member in two groups', `${W1_ROW}\ngroup g any w1\ngroup h any w1\nquorum g\n`, 'member_used_twice'],
    ['none as a member', `${W1_ROW}\ngroup g any w1 none\nquorum g\n`, 'reserved_name'],
    ['none as a witness', `witness none ${WITNESS.verifierKey}\nquorum none\n`, 'reserved_name'],
    ['none as a group', `${W1_ROW}\ngroup none any w1\nquorum none\n`, 'reserved_name'],
    ['threshold 0', `${W1_ROW}\ngroup g 0 w1\nquorum g\n`, 'malformed_threshold'],
    ['threshold −1', `${W1_ROW}\ngroup g -1 w1\nquorum g\n`, 'malformed_threshold'],
    ['threshold beyond the members', `${W1_ROW}\ngroup g 2 w1\nquorum g\n`, 'malformed_threshold'],
    ['a zero-padded threshold', `${W1_ROW}\ngroup g 01 w1\nquorum g\n`, 'malformed_threshold'],
    ['another word as threshold', `${W1_ROW}\ngroup g ANY w1\nquorum g\n`, 'malformed_threshold'],
    ['a group without members', `${W1_ROW}\ngroup g any\nquorum w1\n`, 'malformed_line'],
    ['a log listed twice', `${LOG_ROW}\n${LOG_ROW}\nquorum none\n`, 'duplicate_key'],
    ['a log key under another name', `${LOG_ROW}\nlog ${renamed}\nquorum none\n`, 'duplicate_key'],
    ['a witness key under another name', `${W1_ROW}\nwitness w2 ${renamedWitness}\nquorum none\n`, 'duplicate_key'],
    ['a cosignature key for a log', `log ${WITNESS.verifierKey}\nquorum none\n`, 'unfit_key_type'],
    ['a log key for a witness', `witness w ${unfit}\nquorum w\n`, 'unfit_key_type'],
    ['a key with a wrong id', `${LOG_ROW.replace('41d062d8', '41d062d9')}\nquorum none\n`, 'malformed_key'],
    [
      'a key name in bad UTF-8',
      Buffer.concat([Buffer.from('log '), Uint8Array.of(0xff), Buffer.from(`${LOG.verifierKey}\nquorum none\n`)]),
      'malformed_key',
    ],
    ['an unknown line', `${EXAMPLE}trust everybody\n`, 'malformed_line'],
    ['a keyword in upper case', `LOG ${LOG.verifierKey}\nquorum none\n`, 'malformed_line'],
    ['a log without key', 'log\nquorum none\n', 'malformed_line'],
    ['a log with four words', `${LOG_ROW} url more\nquorum none\n`, 'malformed_line'],
    ['a witness without key', 'witness w1\nquorum none\n', 'malformed_line'],
    ['a quorum with two names', `${W1_ROW}\nquorum w1 w1\n`, 'malformed_line'],
    ['a comment after the words', `${W1_ROW}\nquorum w1 # the only one\n`, 'malformed_line'],
    ['CRLF line ends', EXAMPLE.replaceAll('\n', '\r\n'), 'malformed_policy'],
    ['a DEL octet', `# \u007f\n${EXAMPLE}`, 'malformed_policy'],
    ['a NUL octet', `# \0\n${EXAMPLE}`, 'malformed_policy'],
    ['more than a megabyte', `${'#'.repeat(1_000_001)}\n${EXAMPLE}`, 'malformed_policy'],
    ['nothing', '', 'quorum_missing'],
  ])('refuses %s', (_, file, reason) => {
    expect(() => parsePolicy(file)).toThrow(PolicyError);
    expect(() => parsePolicy(file)).toThrow(expect.objectContaining({ code: 'AUDIT_POLICY', reason }));
  });

  it('names the line that is wrong', () => {
    expect(() => parsePolicy(`${LOG_ROW}\n\nnonsense\n`)).toThrow(/^Line 3 /);
  });
});

describe('satisfiesPolicy', () => {
  const groups = `${rows(5)}
group X 2 W2 W3 W4
group Y any W5 W6
group XY all X Y
quorum XY
`;
  const opened = (...numbers: number[]) => {
    const signers = numbers.map(witness);
    return openNote(
      signNote('text\n', [ed25519Signer('l', seed(90)), ...signers]),
      [ed25519Signer('l', seed(90)), ...signers].map(({ verifierKey }) => parseVerifierKey(verifierKey)),
    );
  };

  it.each<[number[], boolean]>([
    [[], false],
    [[2, 3], false],
    [[5, 6], false],
    [[2, 5], false],
    [[2, 3, 5], true],
    [[3, 4, 6], true],
    [[2, 3, 4, 5, 6], true],
    [[2, 3, 7], false],
  ])('with cosignatures of %j is %s', (numbers, expected) => {
    expect(satisfiesPolicy(parsePolicy(groups), opened(...numbers))).toBe(expected);
  });

  it('counts several cosignatures of one witness once', () => {
    const policy = parsePolicy(`${rows(2)}\ngroup g 2 W2 W3\nquorum g\n`);
    const again = cosigner('w2.example.com', seed(2), () => 2_000n);
    const note = openNote(signNote('text\n', [witness(2), again]), [parseVerifierKey(again.verifierKey)]);
    expect(note.signatures).toHaveLength(2);
    expect(satisfiesPolicy(policy, note)).toBe(false);
  });

  it('asks for nothing with quorum none', () => {
    expect(satisfiesPolicy(parsePolicy('quorum none\n'), opened())).toBe(true);
  });
});

describe('verifyCheckpoint', () => {
  const policy = parsePolicy(EXAMPLE);

  it('accepts the end-to-end vector', () => {
    expect(verifyCheckpoint(CHECKPOINT_NOTE, policy).checkpoint).toMatchObject({ origin: LOG.origin, size: 8n });
    expect(verifyCheckpoint(Buffer.from(CHECKPOINT_NOTE), policy).note.signatures).toHaveLength(2);
  });

  it('refuses a checkpoint without its cosignature', () => {
    expect(() => verifyCheckpoint(`${CHECKPOINT_TEXT}\n${LOG_LINE}`, policy)).toThrow(
      expect.objectContaining({ name: 'PolicyError', reason: 'quorum_not_met' }),
    );
  });

  it('refuses a checkpoint that only witnesses signed', () => {
    expect(() => verifyCheckpoint(`${CHECKPOINT_TEXT}\n${WITNESS_LINE}`, policy)).toThrow(
      expect.objectContaining({ name: 'NoteError', reason: 'no_known_signature' }),
    );
  });

  it('refuses a log that is not listed, even signed by a listed key', () => {
    const foreign = signNote(CHECKPOINT_TEXT.replace('audit-log', 'other'), [ed25519Signer(LOG.origin, LOG.seed)]);
    expect(() => verifyCheckpoint(foreign, policy)).toThrow(
      expect.objectContaining({ name: 'CheckpointError', reason: 'unexpected_origin' }),
    );
  });

  it('does not take one listed log for another', () => {
    const two = parsePolicy(`${LOG_ROW}\nlog ${PETER.verifierKey}\nquorum none\n`);
    const other = signNote(CHECKPOINT_TEXT.replace(LOG.origin, 'PeterNeumann'), [ed25519Signer(LOG.origin, LOG.seed)]);
    expect(() => verifyCheckpoint(other, two)).toThrow(expect.objectContaining({ reason: 'no_known_signature' }));
  });

  it('takes a foreign log whose origin is not its key name, if so configured', () => {
    const verifier = parseVerifierKey(SUM_GOLANG_ORG.verifierKey);
    const note =
      'go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n\n' +
      '— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=\n';
    expect(() => verifyCheckpoint(note, policyOfLogs([verifier]))).toThrow(
      expect.objectContaining({ reason: 'unexpected_origin' }),
    );
    const configured = { ...policyOfLogs([]), logs: [{ origin: 'go.sum database tree', verifier }] };
    expect(verifyCheckpoint(note, configured).checkpoint.size).toBe(35225469n);
  });
});
