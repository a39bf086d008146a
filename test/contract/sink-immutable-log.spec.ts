import { ImmutableLogSink } from '../../lib/delivery/immutable-log/immutable-log.sink.js';
import { FaultHttpServer, TEST_CA } from '../support/delivery/fault-http-server.js';
import type { HttpFault } from '../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../support/delivery/immutable-log-server.js';
import { describeSinkContract } from './sink.contract.js';
import type { SinkDestination } from './sink.contract.js';

const FAULTS: Record<string, HttpFault> = {
  hang: 'hang',
  'connection reset': 'reset',
  'half an answer': 'half-answer',
  'slow drip': 'slow-drip',
  'kept, but the answer is lost': 'lost-answer',
  'HTTP 500': { status: 500, body: '{"ok":false,"reason":"internal_error"}' },
  'HTTP 503 with Retry-After': { status: 503, headers: { 'retry-after': '2' } },
  'HTTP 408': { status: 408 },
  'HTTP 425': { status: 425 },
  'HTTP 429': { status: 429, headers: { 'retry-after': '1' }, body: '{"ok":false,"reason":"slow_down"}' },
  'a body that is not JSON': { status: 202, body: '<html>' },
  'a body that is no receipt': { status: 202, body: '{"ok":true}' },
  'a body without end': { status: 202, body: 'x'.repeat(200_000) },
  'HTTP 401': { status: 401, body: '{"ok":false,"reason":"invalid_api_key"}' },
  'HTTP 403': { status: 403 },
  'HTTP 404': { status: 404 },
  'HTTP 410': { status: 410 },
  'HTTP 302': { status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' } },
  'HTTP 405': { status: 405 },
  'HTTP 400': { status: 400, body: '{"ok":false,"reason":"invalid_payload"}' },
};

const NETWORK = ['refused', 'hang', 'connection reset', 'half an answer', 'slow drip', 'kept, but the answer is lost'];
const ANSWERS = [
  'HTTP 500',
  'HTTP 503 with Retry-After',
  'HTTP 408',
  'HTTP 425',
  'HTTP 429',
  'a body that is not JSON',
  'a body that is no receipt',
  'a body without end',
];

async function start(scheme: 'http' | 'https', concurrency?: number): Promise<SinkDestination> {
  const remote = new ImmutableLogServer();
  const server = await FaultHttpServer.start((request) => remote.handle(request), scheme);
  return {
    sink: ({ impatient, ...options }) =>
      new ImmutableLogSink({
        url: `${server.url}/`,
        apiKey: remote.apiKey,
        requestTimeoutMs: impatient ? 100 : 10_000,
        concurrency,
        ...(scheme === 'https' && { tls: { ca: TEST_CA } }),
        ...options,
      }),
    arrivals: () => remote.kept.map(({ idempotencyKey, payload }) => ({ eventId: idempotencyKey, bytes: payload })),
    fail: async (fault) => {
      if (fault === 'refused') await server.down();
      else if (fault === 'a certificate of strangers') await server.up('stranger');
      else if (fault === 'no TLS at all') await server.up('plain');
      else server.fault = FAULTS[fault];
    },
    heal: async () => {
      server.fault = null;
      await server.up();
    },
    stop: () => server.down(),
  };
}

const silent = ['hang', 'slow drip'];
const refusing = ['HTTP 401', 'HTTP 403', 'HTTP 404', 'HTTP 410', 'HTTP 302', 'HTTP 405'];

describeSinkContract({
  name: 'ImmutableLog',
  start: () => start('http'),
  passing: [...NETWORK, ...ANSWERS],
  refusing,
  silent,
  rejecting: 'HTTP 400',
});

describeSinkContract({
  name: 'ImmutableLog over TLS',
  start: () => start('https'),
  passing: ['refused', 'a certificate of strangers', 'no TLS at all'],
  silent: [],
  refusing: [],
});
