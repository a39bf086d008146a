import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfiguredSink } from '../../lib/delivery/audit-sink.interface.js';
import type { DeliveryResult } from '../../lib/delivery/delivery-result.js';
import type { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import { auditRuntime } from '../support/runtime.js';
import { cli, cliJson } from './cli.harness.js';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

describe('the commands about delivery', () => {
  let folder: string;
  let database: string;
  let sinks: string;
  let remote: FaultHttpServer;

  /** The application runs for as long as `work` takes. */
  async function application<T>(
    work: (runtime: AuditRuntime) => Promise<T>,
    own: ConfiguredSink[] = [],
    mode: 'hybrid' | 'remote' = 'hybrid',
  ): Promise<T> {
    const runtime = auditRuntime({
      service: { name: 'cli-test' },
      storage: { type: 'sqlite', path: database },
      queue: { thread: 'inline' },
      ...(own.length > 0 && { delivery: { mode, sinks: own, flushEvery: 100 } }),
    });
    await runtime.start();
    try {
      return await work(runtime);
    } finally {
      await runtime.stop();
    }
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-cli-delivery-'));
    database = join(folder, 'audit.sqlite');
    sinks = join(folder, 'sinks.json');
    remote = await FaultHttpServer.start(() => ({ status: 204 }));
    const webhook = {
      type: 'webhook',
      name: 'siem',
      url: remote.url,
      secrets: [SECRET],
      allowAddresses: ['127.0.0.1'],
    };
    writeFileSync(sinks, JSON.stringify([webhook]));
    await application(async (runtime) => runtime.pipeline.seal({ action: 'invoice.delete' })); // with start and stop: 3 events
  });

  afterEach(async () => {
    await remote.down();
    rmSync(folder, { recursive: true, force: true });
  });

  it('say so when nothing was ever delivered', async () => {
    expect(await cli(['deliveries', database])).toMatchObject({
      code: 0,
      out: 'Nothing was ever delivered from this log.\n',
    });
    expect(await cli(['flush', database])).toMatchObject({ code: 2, err: expect.stringContaining('nothing to flush') });
    expect(await cli(['flush', database, '--sink', 'x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"x"'),
    });
    expect(await cli(['sink', 'test', 'x', '--database', database])).toMatchObject({ code: 2 });
    expect(await cli(['deliveries', database, '--sink', 'x'])).toMatchObject({ code: 2 });
  });

  it('deliver by themselves, show failures, and re-drive them', async () => {
    const bodies = () => remote.requests.map(({ body }) => (JSON.parse(body.toString()) as { type: string }).type);
    remote.fault = ({ body }) => (body.includes('"invoice.delete"') ? { status: 422, body: 'no such type' } : null);
    const first = await cliJson(['flush', database, '--sinks', sinks]);
    expect(first).toMatchObject({ code: 1, value: { flushed: 2, failed: 1, still_pending: 0, held: 0, total: 3 } });
    expect(bodies()).toEqual(['audit.started', 'invoice.delete', 'audit.stopped']);

    const shown = await cli(['deliveries', database]);
    expect(shown.out).toMatch(/siem {2}active[\s\S]*next event +3[\s\S]*failed +1/);
    expect(shown.out).toMatch(/failed {5}\S+ {2}siem {2}1× {2}HTTP 422: no such type/);
    const listed = await cliJson<{ deliveries: { eventId: string; status: string; updatedAt: string }[] }>([
      'deliveries',
      database,
    ]);
    expect(listed.value).toMatchObject({ sinks: [{ sink: 'siem', nextIndex: 3, failed: 1, lagEvents: 0 }] });
    const [failed] = listed.value.deliveries;
    expect(failed).toMatchObject({ status: 'failed', updatedAt: expect.stringMatching(/Z$/) });
    const all = await cliJson<{ deliveries: unknown[] }>(['deliveries', database, '--status', 'delivered']);
    expect(all.value.deliveries).toHaveLength(2);
    const one = await cliJson<{ deliveries: unknown[] }>(['deliveries', database, '--event', failed.eventId]);
    expect(one.value.deliveries).toEqual([failed]);

    expect(await cli(['redrive', '--database', database])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Say which'),
    });
    expect(await cli(['redrive', '--database', database, '--until', '2020-01-01T00:00:00Z'])).toMatchObject({
      out: 'No failed event fits.\n',
    });
    expect(await cli(['redrive', '--database', database, '--since', 'soon'])).toMatchObject({ code: 2 });
    expect((await cliJson(['redrive', '--database', database, failed.eventId])).value).toEqual({ redriven: 1 });
    remote.fault = null;
    const second = await cli(['flush', database, '--sinks', sinks]);
    expect(second).toMatchObject({ code: 0, out: 'siem  1 flushed, 0 failed, 0 still pending\n' });
    expect(bodies().at(-1)).toBe('invoice.delete');
  });

  it('send a test event end to end and print the receipt', async () => {
    const fine = await cli(['sink', 'test', 'siem', '--database', database, '--sinks', sinks]);
    expect(fine).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^delivered {2}siem[\s\S]*payload hash +[0-9a-f]{64}[\s\S]*remote status +204/),
    });
    expect(JSON.parse(remote.requests.at(-1)!.body.toString())).toMatchObject({ type: 'audit.sink_test' });
    remote.fault = { status: 401 };
    const held = await cliJson(['sink', 'test', 'siem', '--database', database, '--sinks', sinks]);
    expect(held).toMatchObject({ code: 1, value: { status: 'pending', remoteStatus: '401', lastError: 'HTTP 401' } });
    const stranger = await cli(['sink', 'test', 'other', '--database', database, '--sinks', sinks]);
    expect(stranger).toMatchObject({ code: 2, err: expect.stringContaining('no sink named "other": siem') });
  });

  it('let the running application do it', async () => {
    let isDown = true;
    const seen: string[] = [];
    const sink: ConfiguredSink = {
      name: 'warehouse',
      retry: { baseMs: 3_600_000, maxMs: 3_600_000 },
      deliver: (batch) => {
        if (isDown)
          return batch.map((_, i): DeliveryResult =>
            i === 0 ? { status: 'transient', error: 'down' } : { status: 'deferred' },
          );
        seen.push(...batch.map(({ action }) => action));
        return undefined;
      },
    };
    await application(
      async (runtime) => {
        await runtime.delivery.whenIdle();
        const waiting = await cliJson(['flush', database, '--timeout', '5']);
        expect(waiting).toMatchObject({
          code: 1,
          value: { flushed: 0, still_pending: 4, sinks: { warehouse: { served: true } } },
        });
        isDown = false;
        const done = await cliJson(['flush', database, '--timeout', '20']);
        expect(done).toMatchObject({ code: 0, value: { flushed: 4, still_pending: 0, total: 4 } });
        expect(seen).toEqual(['audit.started', 'invoice.delete', 'audit.stopped', 'audit.started']);
        const tested = await cli(['sink', 'test', 'warehouse', '--database', database]);
        expect(tested).toMatchObject({ code: 0, out: expect.stringContaining('delivered  warehouse') });
      },
      [sink],
    );
    await application((runtime) => runtime.pipeline.seal({ action: 'later' }));
    const unserved = await cli(['flush', database, '--timeout', '1']);
    expect(unserved).toMatchObject({
      code: 1,
      out: expect.stringContaining('no running application serves it; see --sinks'),
    });
  });

  it('load sinks from a module, and say what is wrong with a file', async () => {
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const module = file(
      'sinks.mjs',
      `export default [{ type: 'file', path: ${JSON.stringify(join(folder, 'out.jsonl'))} }];`,
    );
    expect(await cli(['flush', database, '--sinks', module])).toMatchObject({
      code: 0,
      out: expect.stringContaining('file  3 flushed'),
    });
    for (const [content, message] of [
      ['{', "can't be read as JSON"],
      ['[]', 'holds no list of sinks'],
      ['[{"type":"carrier-pigeon"}]', 'There is no sink of type "carrier-pigeon"'],
      ['[{"type":"file","pth":"x"}]', 'no option "pth"'],
    ]) {
      const odd = await cli(['flush', database, '--sinks', file('odd.json', content)]);
      expect(odd).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    }
    expect(await cli(['flush', database, '--sinks', join(folder, 'missing.mjs')])).toMatchObject({ code: 2 });
  });

  it('of a log in mode remote tell what is here and what is not', async () => {
    const sink: ConfiguredSink = { name: 'remote', network: true, deliver: () => undefined };
    const id = await application(
      async (runtime) => {
        const sealed = await runtime.pipeline.seal({ action: 'invoice.delete' });
        await runtime.delivery.flushPending();
        return sealed.id;
      },
      [sink],
      'remote',
    );
    const { size, discardedBelow = 0 } = await application(async (runtime) => runtime.storage.ledger.readHead());
    expect([size, discardedBelow]).toEqual([7, 5]); // started, deleted, stopped, twice, and started

    const shown = await cli(['show', id, '--database', database]);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('let go of after delivery') });
    const verified = await cli(['verify', database]);
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('the content of 5, after delivery') });
    expect(verified.out).toContain('as its receipts say');
    const strict = await cli(['verify', database, '--discarded-below', '3']);
    expect(strict).toMatchObject({ code: 2, out: expect.stringContaining('DISCARDED') });
    expect(await cli(['verify', database, '--discarded-below', '5'])).toMatchObject({ code: 0 });
    const out = join(folder, 'rest.jsonl');
    expect(await cli(['export', database, '--out', out])).toMatchObject({
      code: 0,
      err: expect.stringContaining('Verify with --from 5'),
    });
    expect(await cli(['verify', out, '--from', '5'])).toMatchObject({ code: 0 });
    expect(await cli(['export', database, '--format', 'tiles', '--out', join(folder, 'tiles')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"prove" still works'),
    });
  });
});
