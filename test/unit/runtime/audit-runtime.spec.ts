import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditModuleOptions } from '../../../lib/config/audit.options.js';
import { formatIdentity, ownIdentity } from '../../../lib/ledger/process/process-identity.js';
import { auditRuntime } from '../../support/runtime.js';

const fresh = () => mkdtempSync(join(tmpdir(), 'audit-runtime-'));

describe.each(['worker', 'inline'] as const)('AuditRuntime, sealing thread %s', (thread) => {
  const options = (folder: string, more: AuditModuleOptions = {}): AuditModuleOptions => ({
    service: { name: 'test' },
    storage: { type: 'sqlite', path: join(folder, 'audit.sqlite') },
    ...more,
    queue: { thread, ...more.queue },
  });

  it('begins and ends with its own events and loses nothing in between', async () => {
    const folder = fresh();
    const runtime = auditRuntime(options(folder));
    runtime.pipeline.record({ action: 'before.start' });
    await runtime.start();
    for (let i = 0; i < 2500; i++) runtime.pipeline.record({ action: 'bulk.run', metadata: { i } });
    const receipt = await runtime.pipeline.seal({ action: 'waited.for' });
    expect(receipt.sequence).toBe(receipt.logIndex);
    await runtime.stop();

    const again = auditRuntime(options(folder));
    await again.start();
    const actions: string[] = [];
    for await (const { record } of again.reader.stream({ order: 'oldest' })) actions.push(record.action);
    expect(actions[0]).toBe('before.start');
    expect(actions[1]).toBe('audit.started');
    expect(actions.filter((action) => action === 'bulk.run')).toHaveLength(2500);
    expect(actions.slice(-2)).toEqual(['audit.stopped', 'audit.started']);
    expect(actions).not.toContain('audit.gap');
    await again.stop();
  });

  it('says in the log that a process ended without stopping, once, whoever notices', async () => {
    const folder = fresh();
    const first = auditRuntime(options(folder));
    await first.start();
    await first.pipeline.seal({ action: 'last.words' });
    // A process of this host that is gone, with the instance name of the events above.
    const { host } = ownIdentity();
    const dead = formatIdentity({ host, pid: 999_999_999, startTicks: null, boot: 'deadbeef' });
    await first.storage.leases.acquire('boot:deadbeef', `${dead} ${first.options.service.instance}`, 60_000);

    const noticing = [auditRuntime(options(folder)), auditRuntime(options(folder))];
    await Promise.all(noticing.map((runtime) => runtime.start()));
    const { items } = await noticing[0].reader.find({ action: 'audit.gap' });
    expect(items).toHaveLength(1);
    expect(items[0].record).toMatchObject({ flags: ['gap'], outcome: 'failure', reason: { code: 'unclean_shutdown' } });
    expect(items[0].sections.metadata).toMatchObject({
      reason: 'unclean_shutdown',
      boot: 'deadbeef',
      instance: first.options.service.instance,
      lastSealed: { logIndex: expect.any(Number) },
    });
    await Promise.all([first, ...noticing].map((runtime) => runtime.stop()));
    const last = auditRuntime(options(folder));
    await last.start();
    expect((await last.reader.find({ action: 'audit.gap' })).items).toHaveLength(1);
    await last.stop();
  });

  it('leaves no spool file behind when all is sealed', async () => {
    const folder = fresh();
    const runtime = auditRuntime(options(folder, { queue: { spool: join(folder, 'spool') } }));
    await runtime.start();
    for (let i = 0; i < 100; i++) runtime.pipeline.record({ action: 'spooled.run' });
    await runtime.stop();
    expect(readdirSync(join(folder, 'spool'))).toEqual([]);
  });

  it('accounts for every event when more come than the queue may hold', async () => {
    const folder = fresh();
    const runtime = auditRuntime(
      options(folder, { queue: { maxEvents: 50, maxBatch: 10, retryBaseMs: 1, retryMaxMs: 2 } }),
    );
    await runtime.start();
    for (let i = 0; i < 500; i++) {
      runtime.pipeline.record({ action: 'flood.run' });
      const { accepted, sealed, pending, lost } = runtime.stats();
      expect(accepted).toBe(sealed + pending + lost);
    }
    await runtime.whenIdle();
    const gaps = await runtime.reader.find({ action: 'audit.gap' });
    const told = gaps.items.reduce((sum, { sections }) => sum + (sections.metadata as { count: number }).count, 0);
    expect(told).toBe(runtime.stats().lost);
    expect(told).toBeGreaterThan(0);
    await runtime.stop();
  });
});
