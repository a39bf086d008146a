import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Delete, Get, Post, RequestMethod, Version, VersioningType } from '@nestjs/common';
import type { CanActivate, VersioningOptions } from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { Audit } from '../../lib/capture/decorators/audit.decorator.js';
import { SkipAudit } from '../../lib/capture/decorators/skip-audit.decorator.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { AuditApplication } from '../harness/audit-application.js';
import type { AuditApplicationBuilder } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';

@Controller('companies')
@Audit({ severity: 'info', metadata: { area: 'crm', level: 1 }, resource: { type: 'company' } })
class CompaniesController {
  @Get('all')
  all(): unknown {
    return [];
  }

  @Post('merge')
  @Audit({ action: 'company.merge', metadata: { level: 2 }, resource: { id: { body: 'target.id' } }, trail: 'crm-1' })
  merge(@Body() body: { target: { id?: string } }): unknown {
    delete body.target.id;
    return {};
  }

  @Post('made')
  @Audit({ resource: { id: { response: 'data.key' } }, captureResponse: true })
  made(): unknown {
    return { data: { key: 42, password: 'x' } };
  }

  @Post('secret')
  @Audit({ captureRequest: false })
  secret(): unknown {
    return {};
  }

  @Post('computed')
  @Audit({
    resource: { id: ({ body, params }: any) => `${body.a}-${Object.keys(params).length}` },
    metadata: ({ status, response }) => ({ status, response }),
  })
  computed(): unknown {
    return { fine: true };
  }

  @Post('broken')
  @Audit({
    resource: {
      id: () => {
        throw new Error('id is broken');
      },
    },
    metadata: () => {
      throw new Error('metadata is broken');
    },
  })
  broken(): unknown {
    return {};
  }

  @Post('hidden')
  @SkipAudit()
  hidden(): unknown {
    return {};
  }
}

@Controller('quiet')
@SkipAudit()
class QuietController {
  @Post()
  nothing(): unknown {
    return {};
  }

  @Post('loud')
  @Audit()
  loud(): unknown {
    return {};
  }
}

abstract class Crud {
  @Post()
  create(): unknown {
    return {};
  }

  @Delete(':id')
  remove(): unknown {
    return {};
  }
}

@Controller('invoices')
class InvoicesController extends Crud {}

@Controller({ path: 'addresses', version: '2' })
class AddressesController extends Crud {
  @Version('3')
  @Post('three')
  three(): unknown {
    return {};
  }
}

@Controller()
class RootController {
  @Post('health')
  health(): unknown {
    return {};
  }

  @Post('internal/jobs/run')
  run(): unknown {
    return {};
  }
}

class AdminModule {}

class Closed implements CanActivate {
  canActivate(context: any): boolean {
    return context.switchToHttp().getRequest().headers['x-closed'] === undefined;
  }
}

const HIDDEN = { $redacted: 'key:password' };

describe.each(PLATFORMS)('what is recorded, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(() => app?.stop());

  function builder(options: AuditModuleOptions = {}): AuditApplicationBuilder {
    return AuditApplication.on(platform)
      .audit(options)
      .controllers(CompaniesController, QuietController, InvoicesController, AddressesController, RootController)
      .providers({ provide: APP_GUARD, useClass: Closed });
  }

  it('@Audit() of a controller and of its handler are one', async () => {
    app = await builder().start();
    await app.send('POST', '/companies/merge', { body: { target: { id: 'c7' } } });
    expect(await app.event()).toMatchObject({
      action: 'company.merge',
      severity: 'info',
      resource: { type: 'company', id: 'c7' },
      metadata: { area: 'crm', level: 2 },
      context: { trail: 'crm-1' },
      request: { body: { target: { id: 'c7' } } },
    });
  });

  it('@Audit() makes reads events', async () => {
    app = await builder().start();
    await app.send('GET', '/companies/all');
    expect(await app.event()).toMatchObject({ action: 'company.read', http: { method: 'GET' } });
  });

  it('an id from the result, and the result itself', async () => {
    app = await builder().start();
    await app.send('POST', '/companies/made');
    expect(await app.event()).toMatchObject({
      resource: { type: 'company', id: '42' },
      response: { body: { data: { key: 42, password: HIDDEN } } },
    });
  });

  it('nothing of a request that is not to be captured', async () => {
    app = await builder().start();
    await app.send('POST', '/companies/secret?a=1', { body: { a: 1 } });
    expect(await app.event()).not.toHaveProperty('request');
  });

  it('what functions compute', async () => {
    app = await builder().start();
    await app.send('POST', '/companies/computed', { body: { a: 'x' } });
    expect(await app.event()).toMatchObject({
      resource: { id: 'x-0' },
      metadata: { status: 201, response: { fine: true } },
    });
  });

  it('an event although functions throw', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/companies/broken')).status).toBe(201);
    expect(await app.event()).toMatchObject({ outcome: 'success', resource: { type: 'company' } });
    expect(app.failures.map(({ where }) => where).sort()).toEqual(['metadata', 'resource id']);
  });

  it('@SkipAudit() on a handler, and on a controller unless the handler has @Audit()', async () => {
    app = await builder().start();
    await app.send('POST', '/companies/hidden');
    await app.send('POST', '/quiet');
    await app.send('POST', '/quiet', { headers: { 'x-closed': '1' } });
    await app.send('POST', '/quiet', { headers: { 'content-type': 'application/json' }, body: '{' });
    expect(await app.events()).toEqual([]);
    await app.send('POST', '/quiet/loud');
    expect(await app.event()).toMatchObject({ action: 'quiet.create' });
  });

  it('inherited handlers under the name of their own controller', async () => {
    app = await builder().start();
    await app.send('POST', '/invoices');
    await app.send('DELETE', '/invoices/i1', { headers: { 'x-closed': '1' } });
    await app.send('POST', '/addresses', { headers: { 'content-type': 'application/json' }, body: '{' });
    await app.send('DELETE', '/addresses/a1');
    expect((await app.events()).map(({ action, resource, outcome }) => [action, resource?.id, outcome])).toEqual([
      ['invoice.create', undefined, 'success'],
      ['invoice.delete', 'i1', 'denied'],
      ['address.create', undefined, 'failure'],
      ['address.delete', 'a1', 'success'],
    ]);
  });

  it('not what is excluded: exactly, below a path, by a glob', async () => {
    app = await builder({ http: { excludePaths: ['/health', '/internal/*', '/**/merge'] } }).start();
    for (const path of [
      '/health',
      '/health/',
      '/health?x=1',
      '/internal/jobs/run',
      '/internal/nothing',
      '/companies/merge',
    ]) {
      await app.send('POST', path, { body: { target: {} } });
    }
    expect(await app.events()).toEqual([]);
    for (const path of ['/healthy', '/%68ealth', '/internal', '/companies/merged']) await app.send('POST', path);
    expect((await app.events()).map(({ http }) => http?.path)).toEqual([
      '/healthy',
      '/%68ealth',
      '/internal',
      '/companies/merged',
    ]);
  });

  it('only the methods that are asked for', async () => {
    app = await builder({ http: { methods: ['DELETE'], replaceDefaults: true } }).start();
    await app.send('POST', '/invoices');
    await app.send('DELETE', '/invoices/1');
    expect(await app.event()).toMatchObject({ http: { method: 'DELETE' } });
  });

  it('nothing of HTTP when it is switched off', async () => {
    app = await builder({ http: { enabled: false } }).start();
    await app.send('POST', '/invoices', { headers: { 'x-closed': '1' } });
    await (await app.raw()).send('nonsense\r\n\r\n').rest();
    expect(await app.events()).toEqual([]);
  });

  it('the listed headers and no others', async () => {
    app = await builder({ http: { headers: ['x-kind'], replaceDefaults: true } }).start();
    await app.send('POST', '/invoices', { headers: { 'x-kind': 'a', cookie: 'sid=1', authorization: 'Basic eDp5' } });
    const event = await app.event();
    expect(event.request).toEqual({ headers: { 'x-kind': 'a' } });
    expect(JSON.stringify(event)).not.toMatch(/sid=1|eDp5/);
  });

  it('a severity of the application’s own', async () => {
    app = await builder({ http: { severity: (status) => (status === 403 ? 'error' : 'info') } }).start();
    await app.send('POST', '/invoices', { headers: { 'x-closed': '1' } });
    await app.send('POST', '/invoices');
    expect((await app.events()).map(({ severity }) => severity)).toEqual(['error', 'info']);
  });

  describe('the route', () => {
    const malformed = { headers: { 'content-type': 'application/json' }, body: '{' };

    it.each([
      [VersioningType.URI, '/api/v2/addresses', {}],
      [VersioningType.HEADER, '/api/addresses', { 'x-version': '2' }],
    ])('with versioning of type %s', async (type, path, headers) => {
      app = await builder()
        .configure((nest) => {
          nest.setGlobalPrefix('api', { exclude: [{ path: 'health', method: RequestMethod.POST }] });
          nest.enableVersioning({ type, header: 'x-version' } as VersioningOptions);
        })
        .start();
      await app.send('POST', path, { headers });
      await app.send('POST', path, { ...malformed, headers: { ...headers, ...malformed.headers } });
      await app.send('POST', path, { headers: { ...headers, 'x-closed': '1' } });
      await app.send('POST', '/health');
      await app.send('POST', '/health', malformed);
      expect((await app.events()).map(({ http, action }) => [http?.route, http?.status, action])).toEqual([
        [path, 201, 'address.create'],
        [path, 400, 'address.create'],
        [path, 403, 'address.create'],
        ['/health', 201, 'health.create'],
        ['/health', 400, 'health.create'],
      ]);
    });

    it('below a router module', async () => {
      app = await AuditApplication.on(platform)
        .imports(
          { module: AdminModule, controllers: [InvoicesController] },
          RouterModule.register([{ path: 'admin/:area', module: AdminModule }]),
        )
        .start();
      await app.send('DELETE', '/admin/eu/invoices/7');
      await app.send('POST', '/admin/eu/invoices', malformed);
      expect((await app.events()).map(({ http, resource }) => [http?.route, http?.status, resource])).toEqual([
        ['/admin/:area/invoices/:id', 200, { type: 'invoice', id: '7' }],
        ['/admin/:area/invoices', 400, { type: 'invoice' }],
      ]);
    });
  });
});
