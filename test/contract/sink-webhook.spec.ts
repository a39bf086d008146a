import { Webhook } from 'standardwebhooks';
import { WebhookSink } from '../../lib/delivery/webhook/webhook.sink.js';
import { FaultHttpServer, TEST_CA } from '../support/delivery/fault-http-server.js';
import type { HttpFault, Reply, SeenRequest } from '../support/delivery/fault-http-server.js';
import { describeSinkContract } from './sink.contract.js';
import type { Arrival, SinkDestination } from './sink.contract.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const FAULTS: Record<string, HttpFault> = {
  hang: 'hang',
  'connection reset': 'reset',
  'half an answer': 'half-answer',
  'slow drip': 'slow-drip',
  'kept, but the answer is lost': 'lost-answer',
  'HTTP 500': { status: 500, body: 'oops' },
  'HTTP 502': { status: 502 },
  'HTTP 504': { status: 504, headers: { 'retry-after': 'Sat, 21 Nov 2026 20:44:30 GMT' } },
  'HTTP 429': { status: 429, headers: { 'retry-after': '1' } },
  'HTTP 401': { status: 401 },
  'HTTP 404': { status: 404 },
  'HTTP 410': { status: 410 },
  'HTTP 307': { status: 307, headers: { location: 'http://169.254.169.254/' } },
  'HTTP 422': { status: 422, body: 'unknown event type' },
};

/** A receiver that believes nothing that the independent library does not verify. */
class Receiver {
  readonly arrivals: Arrival[] = [];
  private readonly verifier = new Webhook(SECRET);

  handle({ headers, body }: SeenRequest): Reply {
    const { type, data } = this.verifier.verify(body.toString(), headers as Record<string, string>) as {
      type: string;
      data: { events?: unknown[] };
    };
    if (type !== 'audit.batch') this.note(String(headers['webhook-id']), body.toString());
    else for (const line of linesOf(body.toString(), data.events?.length ?? 0)) this.note(idOf(line), line);
    return { status: 204 };
  }

  private note(eventId: string, bytes: string): void {
    this.arrivals.push({ eventId, bytes });
  }
}

/** Cuts the lines out of a batch, byte for byte. */
function linesOf(body: string, count: number): string[] {
  const text = body.slice(body.indexOf('"events":[') + '"events":['.length, -3);
  const lines = text.split(/,(?=\{"record":)/);
  expect(lines).toHaveLength(count);
  return lines;
}

function idOf(line: string): string {
  return (JSON.parse(line) as { record: { id: string } }).record.id;
}

async function start(format: 'single' | 'batch', scheme: 'http' | 'https' = 'http'): Promise<SinkDestination> {
  const receiver = new Receiver();
  const server = await FaultHttpServer.start((request) => receiver.handle(request), scheme);
  return {
    sink: ({ impatient, ...options }) =>
      new WebhookSink({
        url: `${server.url}/hook`,
        secrets: [SECRET],
        format,
        allowAddresses: ['127.0.0.0/8'],
        requestTimeoutMs: impatient ? 100 : 10_000,
        ...(scheme === 'https' && { tls: { ca: TEST_CA } }),
        ...options,
      }),
    arrivals: () => receiver.arrivals,
    fail: async (fault) => {
      if (fault === 'refused') await server.down();
      else if (fault === 'a certificate of strangers') await server.up('stranger');
      else server.fault = FAULTS[fault];
    },
    heal: async () => {
      server.fault = null;
      await server.up();
    },
    stop: () => server.down(),
  };
}

const NETWORK = ['refused', 'hang', 'connection reset', 'half an answer', 'slow drip', 'kept, but the answer is lost'];
const silent = ['hang', 'slow drip'];
const passing = [...NETWORK, 'HTTP 500', 'HTTP 502', 'HTTP 504', 'HTTP 429'];
const refusing = ['HTTP 401', 'HTTP 404', 'HTTP 410', 'HTTP 307'];

describeSinkContract({
  name: 'webhook, one by one',
  start: () => start('single'),
  passing,
  refusing,
  silent,
  rejecting: 'HTTP 422',
});
describeSinkContract({
  name: 'webhook, in batches',
  start: () => start('batch'),
  passing,
  refusing,
  silent,
  rejecting: 'HTTP 422',
});
describeSinkContract({
  name: 'webhook over TLS',
  start: () => start('single', 'https'),
  passing: ['refused', 'a certificate of strangers'],
  silent: [],
  refusing: [],
});
