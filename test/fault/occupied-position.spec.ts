import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SealTimeoutError } from '../../lib/ledger/queue/queue.errors.js';
import { auditRuntime, RecordingLog } from '../support/runtime.js';

/** As after a restore of some tables only: a record stands where the head says that the next one belongs. */
const OCCUPY =
  'INSERT INTO audit_event SELECT (SELECT size FROM audit_head), ?, ?, 0, record, hash, leaf_hash, signature, sections, ' +
  'occurred_at, action, outcome, severity, actor_id, actor_type, resource_type, resource_id, tenant_id, request_id, ' +
  'correlation_id FROM audit_event WHERE log_index = 0';

describe.each(['inline', 'worker'] as const)('a log whose next position is taken, sealing thread %s', (thread) => {
  it('keeps the application alive and its events, and seals them once that is repaired', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'audit-occupied-')), 'audit.sqlite');
    const log = new RecordingLog();
    const queue = { thread, sealTimeoutMs: 200, retryBaseMs: 1, retryMaxMs: 10 } as const;
    const runtime = auditRuntime({ storage: { type: 'sqlite', path }, queue }, log);
    await runtime.start();
    const database = new Database(path);
    database.prepare(OCCUPY).run('stranger', 'strange');

    await expect(runtime.pipeline.seal({ action: 'thing.done' })).rejects.toThrow(SealTimeoutError);
    runtime.pipeline.record({ action: 'thing.done' });
    const { accepted, sealed, pending, lost } = runtime.stats();
    expect([pending, lost, accepted - sealed]).toEqual([2, 0, 2]);
    expect(log.lines.join('\n')).toContain('cannot be sealed');

    database.exec('DROP TRIGGER audit_event_no_delete');
    database.exec("DELETE FROM audit_event WHERE event_id = 'stranger'");
    database.close();
    await runtime.whenIdle();
    expect((await runtime.reader.find({ action: 'thing.done' })).items).toHaveLength(2);
    expect(await runtime.verify()).toMatchObject({ valid: true });
    await runtime.stop();
  });
});
