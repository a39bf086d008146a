import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeldResponse } from '../../../lib/capture/http/held-response.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

describe('HeldResponse', () => {
  let server: Server;
  let handler: Handler;
  let held: HeldResponse;
  /** What is decided when the first byte wants to leave. */
  let decide: (held: HeldResponse, status: number) => boolean;
  const statuses: number[] = [];

  beforeEach(async () => {
    statuses.length = 0;
    decide = (response) => {
      setImmediate(() => response.release());
      return true;
    };
    server = createServer((request, response) => {
      if (request.url === '/held') {
        held = new HeldResponse(response, 'x-request-id', (status) => {
          statuses.push(status);
          return decide(held, status);
        });
      }
      handler(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function answer(path: string, method = 'GET'): Promise<string> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks)
      .toString('latin1')
      .replace(/^date: .*\r\n/im, '');
  }

  async function expectSame(work: Handler, method?: string): Promise<string> {
    handler = work;
    const free = await answer('/free', method);
    expect(free).not.toBe('');
    expect(await answer('/held', method)).toBe(free);
    return free;
  }

  it.each<[string, Handler]>([
    ['one end', (_, response) => response.end('hello')],
    ['an empty end', (_, response) => response.end()],
    [
      'status and headers',
      (_, response) => {
        response.statusCode = 404;
        response.statusMessage = 'Gone Fishing';
        response.setHeader('x-a', ['1', '2']);
        response.end('x');
      },
    ],
    ['an explicit head', (_, response) => response.writeHead(201, 'Made', { 'x-b': '1' }).end('x')],
    [
      'a head as a list',
      (_, response) => {
        response.setHeader('x-a', '1');
        response.writeHead(201, ['x-b', '1', 'x-b', '2']);
        response.end();
      },
    ],
    [
      'a head that is changed after it was given',
      (_, response) => {
        const headers: Record<string, string | string[]> = { 'x-b': '1', 'x-c': ['1'] };
        response.writeHead(201, headers);
        headers['x-late'] = '1';
        (headers['x-c'] as string[]).push('2');
        response.end();
      },
    ],
    [
      'a list of headers that is changed after it was given',
      (_, response) => {
        const headers = ['x-b', '1'];
        response.writeHead(201, headers);
        headers.push('x-late', '1');
        response.end();
      },
    ],
    [
      'chunks',
      (_, response) => {
        response.write('a');
        response.write(Buffer.from('b'));
        response.end('c');
      },
    ],
    [
      'chunks in another encoding',
      (_, response) => {
        response.write('6162', 'hex');
        response.end('YQ==', 'base64');
      },
    ],
    [
      'flushed headers',
      (_, response) => {
        response.setHeader('x-a', '1');
        response.flushHeaders();
        setImmediate(() => response.end('later'));
      },
    ],
    [
      'a content length',
      (_, response) => {
        response.setHeader('content-length', 4);
        response.write('ab');
        response.end('cd');
      },
    ],
    [
      'trailers',
      (_, response) => {
        response.writeHead(200, { trailer: 'x-t' });
        response.write('a');
        response.addTrailers({ 'x-t': '1' });
        response.end();
      },
    ],
    [
      'a stream',
      (_, response) =>
        Readable.from(Array.from({ length: 50 }, (_unused, n) => Buffer.alloc(20_000, n))).pipe(response),
    ],
    ['no content', (_, response) => response.writeHead(204).end()],
    [
      'something after the end',
      (_, response) => {
        response.on('error', () => undefined);
        response.end('x');
        response.end('y');
        response.write('z');
      },
    ],
  ])('sends the same bytes: %s', async (_name, work) => {
    await expectSame(work);
  });

  it('sends the same bytes to HEAD', async () => {
    await expectSame((_, response) => response.writeHead(200, { 'content-length': 5 }).end('hello'), 'HEAD');
  });

  it('shows the same state to whoever asks', async () => {
    const state = (response: ServerResponse): unknown[] => [
      response.headersSent,
      response.writableEnded,
      response.statusCode,
    ];
    let seen: unknown[] = [];
    await expectSame((_, response) => {
      const steps = [state(response)];
      response.writeHead(203);
      steps.push(state(response));
      const thrown = ['setHeader', 'removeHeader', 'appendHeader', 'writeHead'].map((name) => {
        try {
          (response as any)[name](name === 'writeHead' ? 200 : 'x-late', 'v');
          return 'nothing';
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      });
      response.end('x');
      steps.push(state(response));
      response.statusCode = 500;
      if (seen.length > 0) expect([steps, thrown]).toEqual(seen);
      seen = [steps, thrown];
    });
    expect(statuses).toEqual([203]);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['a number', (response) => response.end(7 as never)],
    ['a null chunk', (response) => response.write(null as never)],
    ['an object', (response) => response.write({} as never)],
    ['an invalid status', (response) => response.writeHead(99)],
    [
      'an invalid implicit status',
      (response) => {
        response.statusCode = 1000;
        response.end('x');
      },
    ],
    ['an invalid header', (response) => response.writeHead(200, { 'x-a': 'a\nb' })],
  ])('raises at once what Node raises: %s', async (_name, attempt) => {
    const codes: unknown[] = [];
    await expectSame((_, response) => {
      try {
        attempt(response);
        codes.push('nothing');
      } catch (error) {
        codes.push((error as NodeJS.ErrnoException).code);
      }
      response.statusCode = 200;
      response.end('recovered');
    });
    expect(codes[0]).not.toBe('nothing');
    expect(codes[1]).toBe(codes[0]);
  });

  it('calls back and drains', async () => {
    const order: string[] = [];
    handler = (_, response) => {
      const source = new PassThrough();
      response.on('drain', () => order.push('drain'));
      response.write('a', () => order.push('written'));
      source.pipe(response);
      source.write('b');
      source.end('c', () => order.push('source ended'));
      response.on('finish', () => order.push('finish'));
    };
    expect(await answer('/held')).toMatch(/a\r\n.*b/s);
    expect(order).toEqual(expect.arrayContaining(['written', 'drain', 'source ended', 'finish']));
  });

  it('need not wait', async () => {
    decide = () => false;
    await expectSame((_, response) => {
      expect(response.write('a')).toBe(true);
      response.end('b');
    });
    expect(statuses).toEqual([200]);
  });

  it('keeps wrappers of others working', async () => {
    // As session and compression middleware do it: own methods around whatever methods they find.
    const wrapped: Handler = (request, response) => {
      const { writeHead, write, end } = response;
      const gzip = createGzip();
      response.writeHead = function (this: ServerResponse, ...args: any[]) {
        if (!response.headersSent) response.setHeader('content-encoding', 'gzip').setHeader('set-cookie', 'sid=1');
        return (writeHead as any).apply(this, args);
      } as typeof writeHead;
      response.write = ((chunk: any) => {
        if (!response.headersSent) (response as any)._implicitHeader();
        return gzip.write(chunk);
      }) as typeof write;
      response.end = ((chunk: any) => {
        if (!response.headersSent) (response as any)._implicitHeader();
        gzip.end(chunk);
        return response;
      }) as typeof end;
      gzip.on('data', (chunk: Buffer) => (write as any).call(response, chunk));
      gzip.on('end', () => (end as any).call(response));
      response.statusCode = 202;
      response.write(`for ${request.method} `);
      response.end('all of it');
    };
    const text = await expectSame(wrapped);
    expect(text).toMatch(/^HTTP\/1.1 202 .*set-cookie: sid=1/s);
    const chunks = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1');
    expect(gunzipSync(dechunk(chunks)).toString()).toBe('for GET all of it');
    expect(statuses).toEqual([202]);
  });

  describe('replace', () => {
    beforeEach(() => {
      decide = (response) => {
        setImmediate(() => response.replace('{"no":true}'));
        return true;
      };
    });

    it('sends a 503 and nothing of the answer', async () => {
      let tell!: (written: boolean) => void;
      const written = new Promise<boolean>((resolve) => (tell = resolve));
      handler = (_, response) => {
        response.setHeader('x-request-id', 'r1');
        response.setHeader('access-control-allow-origin', '*');
        response.setHeader('x-secret', 'yes');
        response.setHeader('set-cookie', 'a=b');
        response.writeHead(200, { 'content-type': 'text/plain', etag: '"x"' });
        response.write('secret');
        response.on('finish', () => {
          const accepted = response.write('more secrets');
          response.end('and more', () => tell(accepted));
        });
      };
      const text = await answer('/held');
      expect(text).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
      expect(text).toMatch(/\r\n\r\n\{"no":true\}$/);
      expect(text).toMatch(/x-request-id: r1/);
      expect(text).toMatch(/access-control-allow-origin: \*/);
      expect(text).not.toMatch(/secret|etag|cookie|text\/plain/);
      expect(await written).toBe(true);
    });

    it('lets a stream run out', async () => {
      const source = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(20_000)));
      handler = (_, response) => source.pipe(response);
      expect(await answer('/held')).toMatch(/^HTTP\/1.1 503 /);
      expect(source.readableFlowing).toBe(false);
    });

    it('answers HEAD without a body', async () => {
      handler = (_, response) => response.end('x');
      expect(await answer('/held', 'HEAD')).toMatch(/^HTTP\/1.1 503 .*content-length: 11.*\r\n\r\n$/s);
    });
  });
});

function dechunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\r\n', at);
    const length = Number.parseInt(bytes.toString('latin1', at, line), 16);
    parts.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return Buffer.concat(parts);
}
