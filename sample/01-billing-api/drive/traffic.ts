import { BillingClient } from './billing-client.js';
import { sendAndHangUp, sendRaw } from './raw-http.js';
import { USERS } from '../auth/users.js';

/** Planted in bodies, queries and headers; none of them may be found in the log. */
export const PLANTED_SECRETS = [
  '4111111111111111',
  'hunter2-planted',
  's3cret@legacy',
  'correct-horse',
  'sk_live_plantedplantedplanted',
];

const ROUNDS = 12;

/**
 * Some hundred requests of every kind: good, denied, malformed, aborted, poisonous, with secrets in them.
 * @returns how many of them must stand in the trail
 */
export async function driveTraffic(url: string): Promise<number> {
  const port = Number(new URL(url).port);
  let expected = 0;
  const clients = await Promise.all(
    USERS.map(({ email, password }) => ((expected += 1), BillingClient.login(url, email, password))),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, client] of clients.entries()) {
      expected += await invoiceRound(client, `${index}-${round}`, client === clients[0]);
    }
  }
  expected += await hostileRequests(url, port, clients[1]);
  return expected;
}

async function invoiceRound(client: BillingClient, label: string, isAdmin: boolean): Promise<number> {
  const { body: invoice } = await client.send('POST', '/invoices?api_key=hunter2-planted', {
    number: `2026-${label}`,
    customer: 'Initech',
    amount: 12_500,
    cardNumber: '4111111111111111',
  });
  await client.send('GET', '/invoices');
  await client.send('GET', `/invoices/${invoice.id}`);
  await client.send('PATCH', `/invoices/${invoice.id}`, { amount: 13_000, note: 'sk_live_plantedplantedplanted' });
  await client.send('POST', `/invoices/${invoice.id}/pay`, {});
  const form = new FormData();
  form.append('file', new Blob(['%PDF hunter2-planted'], { type: 'application/pdf' }), 'scan.pdf');
  await client.send('POST', `/invoices/${invoice.id}/attachment`, form);
  await client.send('DELETE', `/invoices/${invoice.id}`);
  await client.send('POST', '/admin/verify', {});
  // The list is a plain read and not recorded; whether the verification is allowed or denied, it is.
  return isAdmin ? 7 : 7;
}

async function hostileRequests(url: string, port: number, client: BillingClient): Promise<number> {
  let count = 0;
  const raw = async (text: string) => ((count += 1), await sendRaw(port, text));
  const post = (path: string, body: string, headers = '') =>
    `POST ${path} HTTP/1.1\r\nHost: billing\r\nConnection: close\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nAuthorization: Bearer ${client.token}\r\n${headers}\r\n${body}`;

  for (let i = 0; i < 10; i++) {
    await raw(post('/invoices', '{"number": "broken'));
    await raw(
      post('/invoices', `{"amount":1,"number":"\\u0000\\ud800","customer":${'['.repeat(3000)}${']'.repeat(3000)}}`),
    );
    await raw(post('/invoices', '{"__proto__":{"admin":true},"constructor":1,"number":""}'));
    await raw(
      post('/invoices', '{}', `X-Request-Id: ${'x'.repeat(300)}\r\nUser-Agent: evil\x7f\u001b[31m\r\n`).replace(
        '\u001b',
        '',
      ),
    );
    await raw(post('/nowhere', '{"password":"hunter2-planted"}'));
    await raw(post('/invoices/import/legacy', '{}'));
    await raw('DELETE /invoices/1 HTTP/1.1\r\nHost: billing\r\nConnection: close\r\n\r\n');
    await raw(
      'GET /admin/trail HTTP/1.1\r\nHost: billing\r\nConnection: close\r\nAuthorization: Bearer forged.token.here\r\n\r\n',
    );
    count += 1;
    await sendAndHangUp(
      port,
      `GET /invoices/live/updates HTTP/1.1\r\nHost: billing\r\nAuthorization: Bearer ${client.token}\r\n\r\n`,
    );
    count += 1;
    await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'alice@acme.test', password: 'hunter2-planted' }),
    }).then((response) => response.text());
  }
  return count;
}
