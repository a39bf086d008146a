// Destinations of the delivery bench in a process of their own: HTTP that says what ImmutableLog says, a syslog
// receiver, and the part of S3 that an archive needs. Sends its ports to the parent.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

const objects = new Map();
const http = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/v1/events') {
      const receipt = { ok: true, tx_id: 'tx_1', status: 'accepted', duplicate: false };
      return response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(receipt));
    }
    if (url.pathname === '/hook') return response.writeHead(204).end();
    if (url.searchParams.has('object-lock')) {
      const state = '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>';
      return response.writeHead(200, { 'content-type': 'application/xml' }).end(state);
    }
    if (request.method === 'PUT') {
      objects.set(url.pathname, request.headers);
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      return response.writeHead(200, { etag, 'x-amz-version-id': '1' }).end();
    }
    const kept = objects.get(url.pathname);
    if (!kept) return response.writeHead(404).end();
    const names = ['x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date'];
    return response.writeHead(200, Object.fromEntries(names.map((name) => [name, kept[name]]))).end();
  });
});
http.keepAliveTimeout = 60_000;

const syslog = createTcpServer((socket) => {
  socket.on('error', () => undefined);
  socket.resume();
  socket.on('end', () => socket.end());
});

process.send({ http: await listen(http), syslog: await listen(syslog) });
process.on('disconnect', () => process.exit(0));
