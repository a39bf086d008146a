import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import fc from 'fast-check';
import type { DeliveryResult } from '../../../lib/delivery/delivery-result.js';
import { DeliveryItem } from '../../../lib/delivery/delivery-item.js';
import { formatSyslog, frame } from '../../../lib/delivery/syslog/syslog-message.js';
import type { SyslogFormat } from '../../../lib/delivery/syslog/syslog-message.js';
import type { SyslogOptions } from '../../../lib/delivery/syslog/syslog.options.js';
import { SyslogSink } from '../../../lib/delivery/syslog/syslog.sink.js';
import type { AuditRecord } from '../../../lib/event/audit-record.interface.js';
import { parseSyslog } from '../../support/delivery/rfc5424.js';
import { SyslogServer } from '../../support/delivery/syslog-server.js';
import { TestLog } from '../../support/delivery/test-log.js';

const format: SyslogFormat = { facility: 13, enterpriseId: 32473, hostname: undefined, maxMessageBytes: 8192 };
const [row] = new TestLog().append([
  {
    action: 'invoice.delete',
    outcome: 'denied',
    actor: { id: 'user_1', type: 'user' },
    tenant: { id: 't_1' },
    resource: { type: 'invoice', id: 'inv_1' },
  },
]);
const item = new DeliveryItem(row, []);

/** The same event with other fields in its record. */
function changed(fields: Partial<AuditRecord>, logIndex = 0): DeliveryItem {
  return new DeliveryItem({ ...row, logIndex, record: JSON.stringify({ ...item.record, ...fields }) }, []);
}

describe('formatSyslog', () => {
  it('writes header, structured data and the exact line', () => {
    expect(parseSyslog(formatSyslog(item, format))).toEqual({
      facility: 13,
      severity: 4,
      timestamp: row.occurredAt,
      hostname: 'host',
      appName: 'billing-api',
      procId: '1',
      msgId: 'invoice.delete',
      data: {
        meta: { sequenceId: '1' },
        origin: { software: 'billing-api', swVersion: '1.4.0' },
        'audit@32473': {
          id: row.eventId,
          index: '0',
          stream: 'main',
          hash: row.hash,
          outcome: 'denied',
          actor: 'user_1',
          tenant: 't_1',
          resource: 'invoice/inv_1',
        },
      },
      text: item.line,
    });
    expect(formatSyslog(item, format)).toEqual(formatSyslog(new DeliveryItem(row, []), format));
  });

  it('writes only registered structured data without an enterprise number', () => {
    expect(Object.keys(parseSyslog(formatSyslog(item, { ...format, enterpriseId: undefined })).data)).toEqual([
      'meta',
      'origin',
    ]);
  });

  it('holds to grammar and limits whatever an event contains', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 }).map((value) => Buffer.from(value).toString());
    fc.assert(
      fc.property(text, text, text, text, fc.nat(), fc.boolean(), (one, two, three, four, index, isSmall) => {
        const odd = changed(
          {
            action: one,
            actor: { id: two, type: 'user' },
            tenant: { id: three },
            resource: { type: four, id: one },
            service: { name: two, version: three, instance: four },
            stream: three,
          },
          index * 5000,
        );
        const maxMessageBytes = isSmall ? 2048 : 8192;
        const message = formatSyslog(odd, { ...format, hostname: one === '' ? undefined : one, maxMessageBytes });
        expect(message.length).toBeLessThanOrEqual(maxMessageBytes);
        const parsed = parseSyslog(message);
        expect(parsed.data['audit@32473']).toMatchObject({ id: row.eventId, hash: row.hash, outcome: 'denied' });
        const { sequenceId } = parsed.data.meta;
        expect(Number(sequenceId)).toBeGreaterThanOrEqual(1);
        expect(Number(sequenceId)).toBeLessThanOrEqual(2_147_483_647);
        if (parsed.data['audit@32473'].truncated === undefined) expect(parsed.text).toBe(odd.line);
        else expect(odd.line.startsWith(parsed.text)).toBe(true);
      }),
    );
  });

  it('cuts the text, never the structured data, never a character, and says so', () => {
    const long = changed({ context: { trail: '€'.repeat(4000) } });
    for (let max = 2048; max < 2060; max++) {
      const message = formatSyslog(long, { ...format, maxMessageBytes: max });
      expect(message.length).toBeLessThanOrEqual(max);
      expect(message.length).toBeGreaterThan(max - 4);
      const { data, text } = parseSyslog(message);
      expect(data['audit@32473']).toMatchObject({ hash: row.hash, truncated: String(Buffer.byteLength(long.line)) });
      expect(long.line.startsWith(text)).toBe(true);
    }
  });

  it('maps severities and takes an instance of another form for the process', () => {
    const severities = (['error', 'warning', 'info', 'success'] as const).map(
      (severity) => parseSyslog(formatSyslog(changed({ severity }), format)).severity,
    );
    expect(severities).toEqual([3, 4, 6, 5]);
    const odd = parseSyslog(formatSyslog(changed({ service: { name: 'two words', instance: 'pod-7' } }), format));
    expect(odd).toMatchObject({ hostname: '-', procId: 'pod-7', appName: 'two_words' });
  });

  it('counts octets, not characters', () => {
    expect(frame(Buffer.from('größe')).toString()).toBe('7 größe');
  });
});

describe('SyslogSink', () => {
  const { signal } = new AbortController();
  const items = new TestLog().append(3).map((stored) => new DeliveryItem(stored, []));
  const make = (options: Partial<SyslogOptions>): SyslogSink =>
    new SyslogSink({ host: '127.0.0.1', transport: 'tcp', ...options });

  it('uses one connection a batch, and calls delivered what the receiver has read', async () => {
    const server = await SyslogServer.start('tcp');
    const sink = make({ port: server.port });
    for (let i = 0; i < 2; i++) {
      expect(await sink.deliver(items, signal)).toMatchObject(
        items.map(() => ({ status: 'delivered', receipt: { remoteStatus: 'read' } })),
      );
    }
    expect([server.connections, server.messages.length]).toEqual([2, 6]);
    await server.down();
  });

  it('closes a connection that was only written to when the receiver has read it', async () => {
    const accepted = new Promise<[Server, Socket]>((resolve) => {
      const listening: Server = createServer({ pauseOnConnect: true }, (socket) => resolve([listening, socket]));
      listening.listen(0, '127.0.0.1', () => {
        const { port } = listening.address() as AddressInfo;
        writer = new SyslogSink({ host: '127.0.0.1', port, transport: 'tcp', acknowledge: 'write' });
        delivering = writer.deliver(batch, AbortSignal.timeout(10_000));
      });
    });
    let writer!: SyslogSink;
    let delivering!: Promise<readonly DeliveryResult[]>;
    const batch = Array.from({ length: 400 }, (_, n) => changed({ action: 'x'.repeat(1_000) }, n));
    const [server, socket] = await accepted;
    const results = await delivering;
    expect(results.every(({ status }) => status === 'delivered')).toBe(true);
    const closing = writer.close();
    // Bytes for a connection that is closed already have it reset, with all that was not read yet.
    await new Promise<void>((resolve) => socket.write('?', () => resolve()));
    let bytes = 0;
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await closing;
    server.close();
    expect(bytes).toBeGreaterThan(400 * 1_000);
  });

  it('keeps its connection if it need not know, and makes a new one when it broke', async () => {
    const server = await SyslogServer.start('tcp');
    const sink = make({ port: server.port, acknowledge: 'write' });
    await sink.deliver(items, signal);
    expect(await sink.deliver(items, signal)).toMatchObject([{ receipt: { remoteStatus: 'written' } }, {}, {}]);
    expect(server.connections).toBe(1);
    await server.up();
    for (let i = 0; i < 20 && server.connections < 2; i++) await sink.deliver(items, signal);
    expect(server.connections).toBe(2);
    await sink.close();
    await server.down();
  });

  it.each([
    [{ host: '' }, /"host" is missing/],
    [{ transport: 'udp' as never }, /"tls" or "tcp"/],
    [{ transport: 'tcp' as const, tls: {} }, /needs transport "tls"/],
    [{ port: 0 }, /"port"/],
    [{ facility: 24 }, /"facility"/],
    [{ maxMessageBytes: 1024 }, /"maxMessageBytes" is a whole number from 2048/],
    [{ enterpriseId: 0 }, /"enterpriseId"/],
    [{ acknowledge: 'yes' as never }, /"close" or "write"/],
    [{ pen: 1 } as never, /no option "pen"/],
  ])('%j is refused', (options: Partial<SyslogOptions>, message) => {
    expect(() => make(options)).toThrow(message);
  });
});
