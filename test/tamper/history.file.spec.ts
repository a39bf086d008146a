import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatJsonLine } from '../../lib/event/json-line.js';
import { FileStorage } from '../../lib/storage/file/file-storage.js';
import { AuditVerifier } from '../../lib/verification/history/audit-verifier.js';
import type { AuditVerdict } from '../../lib/verification/history/audit-verdict.interface.js';
import { trustKeys } from '../../lib/verification/trust/parse-trust.js';
import { LogCopy } from '../support/log-copy.js';
import { publisherOf } from '../support/publisher.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';
import { SignedLog } from '../support/signed-log.js';
import { TestState } from '../support/verified-log.js';

const CHECKPOINTS = [5, 12, 21];

describe('a signed and anchored log in JSON Lines files', () => {
  let signed: SignedLog;
  let path: string;
  let copy: LogCopy;
  let backup: string;
  const state = new TestState();

  const open = async () => {
    const storage = new FileStorage({ path });
    await storage.open();
    return storage;
  };

  beforeEach(async () => {
    signed = new SignedLog();
    const folder = join(signed.folder, 'log');
    mkdirSync(folder);
    path = join(folder, 'audit.jsonl');
    backup = join(signed.folder, 'backup');
    let size = 0;
    for (const next of CHECKPOINTS) {
      const storage = await open();
      await new LogAuthor(storage.ledger).seal(variedEvents(next - size, size));
      const { keys, origin } = signed;
      const log = Object.assign(new SignedLog(storage, keys, origin), {
        anchors: signed.anchors,
        memory: signed.memory,
      });
      await publisherOf(log).publisher.publish();
      log.drop();
      copy = await LogCopy.of(storage.ledger);
      await storage.close();
      size = next;
      if (next === 12) cpSync(folder, backup, { recursive: true });
    }
    state.text = null;
    expect(await verify()).toMatchObject({ verdict: 'valid', checkpoint: { size: 21 } });
  });

  afterEach(() => signed.drop());

  async function verify(memory = state): Promise<AuditVerdict> {
    const storage = await open();
    try {
      return await new AuditVerifier({
        log: storage.ledger,
        trust: trustKeys(signed.keys.map(({ verifierKey }) => verifierKey)),
        checkpoints: storage.checkpoints,
        anchors: signed.anchors,
        state: memory,
      }).verify({ mode: 'full' });
    } finally {
      await storage.close();
    }
  }

  /** Writes the forged records, and nothing that could contradict them. */
  function install(): void {
    writeFileSync(path, copy.rows.map((row) => `${formatJsonLine(row)}\n`).join(''));
    rmSync(`${path}.head`, { force: true });
  }

  const both = async () => [await verify(), await verify(new TestState())];

  it('was rewritten from a record on, everything chained anew', async () => {
    copy.editRecord(14, { outcome: 'failure' });
    copy.rechain();
    install();
    for (const { findings } of await both())
      expect(findings[0]).toMatchObject({ class: 'rewritten', index: 12, until: 21 });
  });

  it('was cut off cleanly', async () => {
    copy.rows.splice(17);
    copy.rechain();
    install();
    for (const { findings } of await both())
      expect(findings[0]).toMatchObject({ class: 'truncated', index: 17, until: 21 });
  });

  it('was restored from a backup', async () => {
    rmSync(join(signed.folder, 'log'), { recursive: true });
    cpSync(backup, join(signed.folder, 'log'), { recursive: true });
    for (const { findings } of await both())
      expect(findings).toMatchObject([{ class: 'rollback', index: 12, until: 21 }]);
  });

  it('lost its checkpoints', async () => {
    const file = `${path}.checkpoints`;
    expect(existsSync(file)).toBe(true);
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(1).join('\n'));
    for (const { findings } of await both()) expect(findings).toMatchObject([{ class: 'missing', expected: '5' }]);
  });
});
