import { SyslogSink } from '../../lib/delivery/syslog/syslog.sink.js';
import { TEST_CA } from '../support/delivery/fault-http-server.js';
import { SyslogServer } from '../support/delivery/syslog-server.js';
import type { SyslogFault } from '../support/delivery/syslog-server.js';
import { describeSinkContract } from './sink.contract.js';
import type { SinkDestination } from './sink.contract.js';

async function start(transport: 'tcp' | 'tls'): Promise<SinkDestination> {
  const server = await SyslogServer.start(transport);
  return {
    sink: ({ impatient, ...options }) =>
      new SyslogSink({
        host: '127.0.0.1',
        port: server.port,
        transport,
        requestTimeoutMs: impatient ? 100 : 10_000,
        ...(transport === 'tls' && { tls: { ca: TEST_CA } }),
        ...options,
      }),
    arrivals: () =>
      server.messages.map((message) => {
        const bytes = message.toString();
        const line = bytes.slice(bytes.indexOf('\ufeff') + 1);
        return { eventId: (JSON.parse(line) as { record: { id: string } }).record.id, bytes };
      }),
    fail: async (fault) => {
      if (fault === 'refused') await server.down();
      else if (fault === 'a certificate of strangers') await server.up('stranger');
      else server.fault = fault as SyslogFault;
    },
    heal: async () => {
      server.fault = null;
      await server.up();
    },
    stop: () => server.down(),
  };
}

const silent = ['hang'];
const passing = ['refused', 'hang', 'reset', 'closed at once', 'half read'];

describeSinkContract({ name: 'syslog over TCP', start: () => start('tcp'), passing, silent, refusing: [] });
describeSinkContract({
  name: 'syslog over TLS',
  start: () => start('tls'),
  passing: [...passing, 'a certificate of strangers'],
  silent,
  refusing: [],
});
