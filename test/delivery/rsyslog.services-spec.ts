import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatJsonLine } from '../../lib/event/json-line.js';
import { SyslogSink } from '../../lib/delivery/syslog/syslog.sink.js';
import type { SyslogOptions } from '../../lib/delivery/syslog/syslog.options.js';
import { DispatchWorld } from '../support/delivery/dispatch-harness.js';
import { TEST_CA } from '../support/delivery/fault-http-server.js';
import { settled } from '../support/delivery/settled.js';
import { describeWith } from '../support/services.js';

const folder = process.env.TEST_RSYSLOG_FOLDER ?? join(tmpdir(), 'audit-rsyslog');
const port = Number(process.env.TEST_RSYSLOG_PORT ?? 7514);
const answers = existsSync(join(folder, 'rsyslog.pid'));
const hint = 'No real syslog receiver reads what is sent. Run tools/services/rsyslog.sh up.';

interface SeenMessage {
  readonly facility: string;
  readonly severity: string;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  readonly msgId: string;
  readonly data: string;
  readonly text: string;
}

/** What the receiver wrote of the events with these ids. */
function seen(ids: readonly string[]): SeenMessage[] {
  const file = join(folder, 'seen.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as SeenMessage).filter(({ data }) => ids.some((id) => data.includes(id)));
}

describeWith(
  'rsyslog',
  answers,
  hint,
)('a real syslog receiver', () => {
  const transports: [string, Partial<SyslogOptions>][] = [
    ['TCP', { transport: 'tcp', port }],
    ['TLS', { transport: 'tls', port: port + 1, tls: { ca: TEST_CA } }],
    ['TLS, written only', { transport: 'tls', port: port + 1, tls: { ca: TEST_CA }, acknowledge: 'write' }],
  ];

  it.each(transports)('reads every message, field by field, over %s', async (_, options) => {
    const world = new DispatchWorld();
    world.log.append(300);
    world.log.append([
      {
        action: 'invoice.delete',
        outcome: 'denied',
        actor: { id: 'o"brien\\]', type: 'user' },
        tenant: { id: 'größe ✓' },
        resource: { type: 'invoice', id: 'a]b' },
      },
    ]);
    const sink = new SyslogSink({ host: '127.0.0.1', enterpriseId: 32473, ...options });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(0);
    expect(world.alarms).toEqual([]);
    const { ids, rows } = world.log;
    await settled(() => seen(ids).length >= ids.length, 10_000);
    const messages = seen(ids);
    expect(messages).toHaveLength(ids.length);
    messages.forEach((message, i) => {
      expect(message).toMatchObject({
        facility: '13',
        hostname: 'host',
        appName: 'billing-api',
        procId: '1',
        msgId: 'invoice.delete',
      });
      expect(message.timestamp).toContain(rows[i].occurredAt.slice(0, 23));
      expect(message.data).toContain(`id="${rows[i].eventId}" index="${i}" stream="main" hash="${rows[i].hash}"`);
      expect(message.text.replace('\ufeff', '')).toBe(`{"record":${rows[i].record},"hash":"${rows[i].hash}"}`);
    });
    expect(messages.at(-1)?.severity).toBe('4');
    expect(messages.at(-1)?.data).toContain('actor="o\\"brien\\\\\\]" tenant="größe ✓" resource="invoice/a\\]b"');
  });

  it('reads cut messages whose structured data is whole', async () => {
    const world = new DispatchWorld();
    world.log.append([{ action: 'x', metadata: { note: '€'.repeat(2000) } }]);
    const sink = new SyslogSink({
      host: '127.0.0.1',
      transport: 'tcp',
      port,
      enterpriseId: 32473,
      maxMessageBytes: 2048,
      sections: ['metadata'],
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(0);
    const { ids, rows } = world.log;
    await settled(() => seen(ids).length >= 1, 10_000);
    const [{ data, text }] = seen(ids);
    expect(data).toMatch(new RegExp(`hash="${rows[0].hash}".* truncated="\\d+"\\]$`));
    const line = formatJsonLine(rows[0], ['metadata']);
    expect(Buffer.byteLength(text)).toBeGreaterThan(1000);
    expect(line.startsWith(text.replace('\ufeff', ''))).toBe(true);
  });

  it('is not believed with a certificate that is not trusted', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const dispatcher = world.dispatcher([new SyslogSink({ host: '127.0.0.1', transport: 'tls', port: port + 1 })]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(0);
    expect(await world.store.readCursor('syslog')).toMatchObject({
      nextIndex: 0,
      state: 'retrying',
      lastError: expect.stringMatching(/certificate/),
    });
  });
});
