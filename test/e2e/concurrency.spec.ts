import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Param, Post, Put, UseGuards } from '@nestjs/common';
import { AuditContext } from '../../lib/capture/context/audit-context.js';
import { AuditApplication } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import { HeaderGuard } from './fixtures/things.controller.js';

@Controller('jobs')
class JobsController {
  constructor(private readonly audit: AuditContext) {}

  @Put(':id')
  @UseGuards(HeaderGuard)
  async run(@Param('id') id: string, @Body() body: { wait: number }): Promise<unknown> {
    await delay(body.wait);
    this.audit.annotate({ metadata: { id, actor: this.audit.current()?.actor?.id } });
    return { id };
  }

  @Post('open')
  async open(@Body() body: { n: number }): Promise<unknown> {
    await Promise.resolve();
    this.audit.annotate({ metadata: { n: body.n } });
    if (body.n % 2 === 0) throw new Error(`even ${body.n}`);
    return {};
  }
}

const REQUESTS = 500;

describe.each(PLATFORMS)('many requests at a time, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(() => app.stop());

  it(`${REQUESTS} mixed requests are ${REQUESTS} events, each with its own facts`, async () => {
    app = await AuditApplication.on(platform).controllers(JobsController).start();
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const send = (n: number): Promise<{ status: number }> => {
      const headers = { 'x-request-id': `r${n}` };
      switch (n % 5) {
        case 0:
          return app.send('PUT', `/jobs/${n}`, {
            agent,
            headers: { ...headers, 'x-user': `u${n}` },
            body: { wait: n % 7 },
          });
        case 1:
          return app.send('POST', '/jobs/open', { agent, headers, body: { n } });
        case 2:
          return app.send('PUT', `/jobs/${n}`, { agent, headers, body: {} });
        case 3:
          return app.send('POST', '/jobs/open', {
            agent,
            headers: { ...headers, 'content-type': 'application/json' },
            body: `{"n":`,
          });
        default:
          return app.send('POST', `/nowhere/${n}`, { agent, headers });
      }
    };
    const answers = await Promise.all(Array.from({ length: REQUESTS }, (_, n) => send(n)));
    agent.destroy();
    const events = await app.events();
    expect(events).toHaveLength(REQUESTS);
    const byId = new Map(events.map((event) => [event.context?.requestId, event]));
    expect(byId.size).toBe(REQUESTS);
    for (let n = 0; n < REQUESTS; n++) {
      const event = byId.get(`r${n}`);
      expect(event?.http?.status).toBe(answers[n].status);
      if (n % 5 === 0) {
        expect(event).toMatchObject({
          outcome: 'success',
          actor: { id: `u${n}` },
          resource: { id: String(n) },
          metadata: { id: String(n), actor: `u${n}` },
          request: { body: { wait: n % 7 } },
        });
      } else {
        expect(event?.actor).toEqual({ type: 'anonymous' });
      }
      if (n % 5 === 1) {
        expect(event).toMatchObject({ outcome: n % 2 === 0 ? 'failure' : 'success', metadata: { n } });
        if (n % 2 === 0) expect(event?.error.message).toBe(`even ${n}`);
      }
      if (n % 5 === 2) expect(event?.outcome).toBe('denied');
      if (n % 5 === 3) expect(event).toMatchObject({ http: { status: 400, route: '/jobs/open' } });
      if (n % 5 === 4)
        expect(event).toMatchObject({ action: 'http.post', http: { status: 404, path: `/nowhere/${n}` } });
    }
    expect(app.failures).toEqual([]);
  });
});
