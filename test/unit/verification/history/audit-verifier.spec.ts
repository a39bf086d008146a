import { trustKeys } from '../../../../lib/verification/trust/parse-trust.js';
import { VerifiedLog } from '../../../support/verified-log.js';

describe('AuditVerifier', () => {
  let log: VerifiedLog;

  beforeEach(async () => {
    log = new VerifiedLog();
    for (const count of [5, 7, 9]) await log.grow(count);
    await log.grow(3, false);
  });
  afterEach(() => log.drop());

  it('finds nothing in a log that was only used, and says up to where it is proven', async () => {
    const verdict = await log.verify();
    expect(verdict).toMatchObject({
      valid: true,
      verdict: 'valid',
      exitCode: 0,
      totalEvents: 24,
      newEvents: 24,
      rereadEvents: 0,
      to: 24,
      checkpointsCompared: 6,
      checkpoint: { size: 21 },
      findings: [],
    });
  });

  it('reads only what is new, and what it is told to read again', async () => {
    await log.verify();
    await log.grow(10);
    log.reads = 0;
    const verdict = await log.verify({ rolling: 0 });
    expect(verdict).toMatchObject({
      valid: true,
      newEvents: 10,
      rereadEvents: 0,
      from: 24,
      to: 34,
      checkpoint: { size: 34 },
    });
    // The page that holds the new ones; staleness, heads and edges are not read by range.
    expect(log.reads).toBe(10);
    expect(await log.verify({ rolling: 1 })).toMatchObject({ valid: true, newEvents: 0, rereadEvents: 34 });
  });

  it('is not talked out of evidence by many findings that prove nothing', async () => {
    const { rows } = log.database;
    for (const row of rows.slice(0, 20)) row.signature = '{"alg":"ed25519","keyId":"k","sig":"AAAA"}';
    log.database.editRecord(22, { outcome: 'failure' });
    const trust = { ...trustKeys(log.signed.keys.map(({ verifierKey }) => verifierKey)), eventKeys: [] };
    for (const maxFindings of [0, 1, 5, 100]) {
      const verdict = await log.verify({ maxFindings }, { trust, state: undefined });
      expect(verdict).toMatchObject({ valid: false, verdict: 'modified', exitCode: 1, totalFindings: 21 });
      expect(verdict.findings).toHaveLength(Math.min(Math.max(maxFindings, 1), 21));
    }
  });

  it('compares a checkpoint that was published after the run that read its records', async () => {
    await log.verify();
    await log.grow(0);
    expect(log.checkpoints.map(({ size }) => size)).toEqual([5, 12, 21, 24]);
    log.reads = 0;
    const verdict = await log.verify({ rolling: 0 });
    expect(verdict).toMatchObject({ valid: true, checkpointsCompared: 2, checkpoint: { size: 24 } });
    expect(log.reads).toBe(0);
  });
});
