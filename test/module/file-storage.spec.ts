import { appendFileSync, mkdtempSync, readFileSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditService } from '../../lib/index.js';
import { RecordingLog } from '../support/runtime.js';

async function boot(path: string) {
  class AppModule {}
  Module({ imports: [AuditModule.forRoot({ storage: { type: 'file', path } })] })(AppModule);
  const logger = new RecordingLog();
  const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  return { app, audit: app.get(AuditService), logger };
}

describe('an application that keeps its log in a file', () => {
  let path: string;
  let app: INestApplicationContext | undefined;

  beforeEach(async () => {
    path = join(mkdtempSync(join(tmpdir(), 'audit-file-')), 'audit.jsonl');
    const first = await boot(path);
    await first.audit.logMany(['one', 'two', 'three'].map((action) => ({ action: `thing.${action}` })));
    await first.app.close();
    expect(first.logger.lines.filter((line) => line.includes('Audit trail:'))).toEqual([]);
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it('says in its log and in the trail that the last line was torn, once', async () => {
    const [line] = readFileSync(path, 'utf8').split('\n');
    appendFileSync(path, line.slice(0, 100));

    const second = await boot(path);
    app = second.app;
    const told = second.logger.lines.filter((text) => text.includes('were not written to their end'));
    expect(told).toEqual([expect.stringContaining(`The last 100 bytes of ${path}`)]);
    const { items } = await second.audit.find({ action: 'audit.gap' });
    expect(items).toHaveLength(1);
    expect(items[0].record).toMatchObject({ flags: ['gap'], outcome: 'failure', reason: { code: 'torn_tail' } });
    const metadata = items[0].sections.metadata as { keptIn: string };
    expect(metadata).toMatchObject({ reason: 'torn_tail', bytes: 100, records: 0, file: path });
    expect(readFileSync(metadata.keptIn, 'utf8')).toBe(line.slice(0, 100));
    expect(await second.audit.verify()).toMatchObject({ valid: true });

    await app.close();
    const third = await boot(path);
    app = third.app;
    expect((await third.audit.find({ action: 'audit.gap' })).items).toHaveLength(1);
    expect(third.logger.lines.join('\n')).not.toContain('were not written to their end');
  });

  it('says so when whole records were cut off while it was down', async () => {
    const text = readFileSync(path, 'utf8');
    const cut = text.lastIndexOf('\n', text.length - 2) + 1;
    truncateSync(path, cut);

    const second = await boot(path);
    app = second.app;
    expect(second.audit.stats().failuresByPart).toMatchObject({ 'storage.records_missing': 1 });
    expect(second.logger.lines.join('\n')).toContain('1 records are missing at the end of');
    const { items } = await second.audit.find({ action: 'audit.storage_incident' });
    expect(items.map(({ record }) => record.reason?.code)).toContain('records_missing');
    expect(await second.audit.verify()).toMatchObject({ valid: false });
  });
});
