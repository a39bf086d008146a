import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import multipart from '@fastify/multipart';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, Type, UploadedFile, UploadedFiles, UseInterceptors } from '@nestjs/common';
import * as express from '@nestjs/platform-express';
import * as fastify from '@nestjs/platform-fastify/multipart';
import { AuditApplication } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import type { Platform } from '../harness/platforms.js';

const PDF = Buffer.concat([Buffer.from('%PDF-1.7 '), Buffer.alloc(600_000, 7)]);
const TEXT = Buffer.from('name;amount\nann;3\n');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content: string | Buffer;
}

function form(parts: readonly Part[]): { headers: Record<string, string>; body: Buffer } {
  const boundary = '----a-boundary';
  const chunks = parts.flatMap(({ name, filename, type, content }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"` +
        `${filename === undefined ? '' : `; filename="${filename}"`}\r\n${type === undefined ? '' : `content-type: ${type}\r\n`}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

const PARTS: Part[] = [
  { name: 'title', content: 'the contract' },
  { name: 'password', content: 'hunter2' },
  { name: 'document', filename: 'contract.pdf', type: 'application/pdf', content: PDF },
];

const folder = mkdtempSync(join(tmpdir(), 'audit-upload-'));

function controllerFor(platform: Platform): Type {
  const { FileInterceptor, FilesInterceptor } = platform === 'express' ? express : fastify;

  @Controller('uploads')
  class UploadsController {
    @Post()
    @UseInterceptors(FileInterceptor('document'))
    one(@UploadedFile() file: any, @Body() body: any): unknown {
      return { size: file?.size, title: body?.title };
    }

    @Post('many')
    @UseInterceptors(FilesInterceptor('documents'))
    many(@UploadedFiles() files: any[]): unknown {
      return { count: files.length };
    }

    @Post('stored')
    @UseInterceptors(FileInterceptor('document', { dest: folder }))
    stored(@UploadedFile() file: any): unknown {
      return { path: typeof file.path };
    }
  }
  return UploadsController;
}

@Controller('attached')
class AttachedController {
  @Post()
  attached(@Body() body: any): unknown {
    return { fields: Object.keys(body) };
  }
}

const HIDDEN = { $redacted: 'key:password' };

describe.each(PLATFORMS)('uploads, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a file is told by name, type, size and digest, its fields are redacted, its bytes are nowhere', async () => {
    app = await AuditApplication.on(platform).controllers(controllerFor(platform)).start();
    const answer = await app.send('POST', '/uploads', form(PARTS));
    expect(answer.json).toEqual({ size: PDF.length, title: 'the contract' });
    const event = await app.event();
    expect(event.request.body).toEqual({ title: 'the contract', password: HIDDEN });
    expect(event.request.files).toEqual([
      { field: 'document', name: 'contract.pdf', type: 'application/pdf', bytes: PDF.length, sha256: sha256(PDF) },
    ]);
    expect(JSON.stringify(event)).not.toMatch(/PDF-1.7|hunter2/);
  });

  it('several files', async () => {
    app = await AuditApplication.on(platform).controllers(controllerFor(platform)).start();
    const parts = ['a', 'b'].map((name) => ({
      name: 'documents',
      filename: `${name}.csv`,
      type: 'text/csv',
      content: Buffer.concat([TEXT, Buffer.from(name)]),
    }));
    await app.send('POST', '/uploads/many', form(parts));
    expect((await app.event()).request.files).toEqual(
      parts.map(({ name, filename, type, content }) => ({
        field: name,
        name: filename,
        type,
        bytes: content.length,
        sha256: sha256(content),
      })),
    );
  });

  it('a file that is stored on disk', async () => {
    app = await AuditApplication.on(platform).controllers(controllerFor(platform)).start();
    expect((await app.send('POST', '/uploads/stored', form(PARTS))).json).toEqual({ path: 'string' });
    expect((await app.event()).request.files).toEqual([
      { field: 'document', name: 'contract.pdf', type: 'application/pdf', bytes: PDF.length, sha256: sha256(PDF) },
    ]);
  });

  it('an upload that is refused for its size', async () => {
    const { FileInterceptor } = platform === 'express' ? express : fastify;
    @Controller('small')
    class SmallController {
      @Post()
      @UseInterceptors(FileInterceptor('document', { limits: { fileSize: 1000 } }))
      small(): unknown {
        return {};
      }
    }
    app = await AuditApplication.on(platform).controllers(SmallController).start();
    expect((await app.send('POST', '/small', form(PARTS))).status).toBe(413);
    expect(await app.event()).toMatchObject({
      outcome: 'failure',
      reason: { code: 'too_large' },
      http: { status: 413 },
    });
  });
});

describe('uploads that @fastify/multipart puts into the body', () => {
  let app: AuditApplication;
  afterEach(() => app.stop());

  it.each([[true], ['keyValues' as const]])('attachFieldsToBody: %s', async (attachFieldsToBody) => {
    app = await AuditApplication.on('fastify')
      .controllers(AttachedController)
      .configure((nest) => (nest as any).register(multipart, { attachFieldsToBody }))
      .start();
    const parts = [...PARTS.slice(0, 2), { name: 'document', filename: 'a.csv', type: 'text/csv', content: TEXT }];
    expect((await app.send('POST', '/attached', form(parts))).json).toEqual({
      fields: ['title', 'password', 'document'],
    });
    const event = await app.event();
    expect(event.request.body).toMatchObject({ title: 'the contract', password: HIDDEN });
    expect(JSON.stringify(event)).not.toMatch(/hunter2/);
    if (attachFieldsToBody === true) {
      expect(event.request.body).not.toHaveProperty('document');
      expect(event.request.files).toEqual([
        expect.objectContaining({ field: 'document', name: 'a.csv', type: 'text/csv', sha256: sha256(TEXT) }),
      ]);
    }
  });
});
