import 'reflect-metadata';
import {
  Catch,
  Controller,
  Get,
  Injectable,
  Module,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { CanActivate, Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, ApplicationConfig, ModulesContainer, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it } from '@jest/globals';
import { resolveAuditOptions } from '../../../lib/config/resolve-audit-options.js';
import { Audit } from '../../../lib/capture/decorators/audit.decorator.js';
import { readHandlerFacts } from '../../../lib/capture/handler/handler-facts.js';
import { EntryMark } from '../../../lib/capture/interception/entry-mark.js';
import { createExceptionProbe } from '../../../lib/capture/interception/exception-probe.js';
import { needsInterceptor } from '../../../lib/capture/interception/interceptor-need.js';

class OwnGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

const passThrough = { intercept: (_context: unknown, next: any) => next.handle() };

@Catch(TypeError)
class OwnFilter {
  catch(): void {}
}

describe('needsInterceptor', () => {
  async function needed(controller: Type, providers: any[] = [], http = {}): Promise<boolean> {
    class AppModule {}
    Module({ controllers: [controller], providers })(AppModule);
    const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
    try {
      const handlers = Object.getOwnPropertyNames(controller.prototype)
        .filter((name) => name !== 'constructor')
        .map((name) => readHandlerFacts(controller, controller.prototype[name]));
      return needsInterceptor(
        app.get(ApplicationConfig),
        app.get(ModulesContainer),
        handlers,
        resolveAuditOptions({ http }, {}),
      );
    } finally {
      await app.close();
    }
  }

  @Controller()
  class Plain {
    @Get()
    @UseGuards(OwnGuard)
    @Audit({ action: 'plain.read', resource: { id: { param: 'id' } }, metadata: { a: 1 } })
    get(): void {}
  }

  it('is false for a plain application, also with guards and global filters', async () => {
    expect(await needed(Plain)).toBe(false);
    expect(
      await needed(Plain, [
        { provide: APP_GUARD, useClass: OwnGuard },
        { provide: APP_FILTER, useClass: OwnFilter },
      ]),
    ).toBe(false);
  });

  it('is true with interceptors', async () => {
    @Controller()
    @UseInterceptors(passThrough)
    class Intercepted {
      @Get()
      get(): void {}
    }
    expect(await needed(Plain, [{ provide: APP_INTERCEPTOR, useValue: passThrough }])).toBe(true);
    expect(await needed(Intercepted)).toBe(true);
  });

  it('is true with filters of a route', async () => {
    @Controller()
    class Filtered {
      @Get()
      @UseFilters(OwnFilter)
      get(): void {}
    }
    expect(await needed(Filtered)).toBe(true);
  });

  it.each([
    ['its body', { captureResponse: true }],
    ['an id in it', { resource: { id: { response: 'id' } } }],
    ['an id that is computed', { resource: { id: () => 'x' } }],
    ['metadata that is computed', { metadata: () => ({}) }],
  ])('is true where a result is wanted: %s', async (_name, options) => {
    @Controller()
    class Wanted {
      @Get()
      @Audit(options)
      get(): void {}
    }
    expect(await needed(Wanted)).toBe(true);
  });

  it('is true where all results are wanted', async () => {
    expect(await needed(Plain, [], { captureResponse: true })).toBe(true);
  });

  it.each(['graphql:resolver_type', 'microservices:pattern', 'websockets:message_mapping'])(
    'is true with %s',
    async (key) => {
      @Injectable()
      class Other {
        @SetMetadata(key, 'x')
        handle(): void {}
      }
      expect(await needed(Plain, [Other])).toBe(true);
    },
  );

  it('is true with controllers that are made for each request', async () => {
    @Controller({ scope: Scope.REQUEST })
    class PerRequest {
      @Get()
      get(): void {}
    }
    expect(await needed(PerRequest)).toBe(true);
  });
});

describe('EntryMark', () => {
  class Handlers {
    @UseGuards(OwnGuard)
    guarded(): void {}

    free(): void {}
  }
  const { guarded, free } = Handlers.prototype;
  const guardsOf = (handler: object): unknown => Reflect.getMetadata('__guards__', handler);

  it('stands after all guards of a handler and leaves no trace', () => {
    const mark = new EntryMark(() => undefined);
    mark.put([guarded, free, free]);
    expect(guardsOf(guarded)).toEqual([OwnGuard, mark]);
    expect(guardsOf(free)).toEqual([mark]);
    mark.remove();
    expect(guardsOf(guarded)).toEqual([OwnGuard]);
    expect(Reflect.hasMetadata('__guards__', free)).toBe(false);
  });

  it('leaves those of other applications alone', () => {
    const [one, other] = [new EntryMark(() => undefined), new EntryMark(() => undefined)];
    one.put([free]);
    other.put([free]);
    one.remove();
    expect(guardsOf(free)).toEqual([other]);
    other.remove();
    expect(Reflect.hasMetadata('__guards__', free)).toBe(false);
  });
});

describe('the exception probe', () => {
  it('is asked about every exception and takes none', () => {
    const seen: unknown[] = [];
    const probe = createExceptionProbe((exception) => seen.push(exception));
    const [type] = Reflect.getMetadata('__filterCatchExceptions__', probe.constructor) as [new () => object];
    const exceptions = [new TypeError('x'), 'text', undefined];
    expect(exceptions.map((exception) => (exception as object) instanceof type)).toEqual([false, false, false]);
    expect(seen).toEqual(exceptions);
  });
});
