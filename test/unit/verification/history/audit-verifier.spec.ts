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
