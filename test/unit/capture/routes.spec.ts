import { VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { readHandlerFacts } from '../../../lib/capture/handler/handler-facts.js';
import type { HandlerFacts } from '../../../lib/capture/handler/handler-facts.js';
import { compilePattern, paramsOf, staticPrefix } from '../../../lib/capture/routes/route-pattern.js';
import { routePathsOf } from '../../../lib/capture/routes/route-paths.js';
import type { RouteParts } from '../../../lib/capture/routes/route-paths.js';
import { RouteTable } from '../../../lib/capture/routes/route-table.js';
import { Audit } from '../../../lib/capture/decorators/audit.decorator.js';
import { SkipAudit } from '../../../lib/capture/decorators/skip-audit.decorator.js';

describe('route paths', () => {
  const parts: RouteParts = {
    globalPrefix: '',
    hasPrefixExclusions: false,
    versioning: undefined,
    versions: [],
    modulePath: '',
    controllerPaths: ['users'],
    handlerPaths: ['/'],
  };

  it.each<[string, Partial<RouteParts>, string[]]>([
    ['nothing more', {}, ['/users']],
    ['a prefix', { globalPrefix: '/api/' }, ['/api/users']],
    ['a prefix with exclusions', { globalPrefix: 'api', hasPrefixExclusions: true }, ['/api/users', '/users']],
    ['a module path', { modulePath: '/admin', handlerPaths: [':id'] }, ['/admin/users/:id']],
    ['an empty controller', { controllerPaths: [''], handlerPaths: ['/'] }, ['/']],
    ['several paths', { controllerPaths: ['a', 'b'], handlerPaths: ['x', 'y'] }, ['/a/x', '/a/y', '/b/x', '/b/y']],
    [
      'versions in the path',
      { globalPrefix: 'api', versioning: { type: VersioningType.URI }, versions: ['1', VERSION_NEUTRAL] },
      ['/api/v1/users', '/api/users'],
    ],
    [
      'versions without a letter',
      { versioning: { type: VersioningType.URI, prefix: false }, versions: ['2'] },
      ['/2/users'],
    ],
    ['versions in a header', { versioning: { type: VersioningType.HEADER, header: 'x' }, versions: ['2'] }, ['/users']],
  ])('with %s', (_name, more, paths) => {
    expect(routePathsOf({ ...parts, ...more })).toEqual(paths);
  });
});

describe('route patterns', () => {
  it.each<[string, string, object | undefined]>([
    ['/users', '/users', {}],
    ['/users', '/USERS/', {}],
    ['/users', '/users/1', undefined],
    ['/users/:id', '/users/a%20b', { id: 'a b' }],
    ['/users/:id', '/users/%zz', { id: '%zz' }],
    ['/users/:id', '/users/', undefined],
    ['/files/*path', '/files/a/b', { path: 'a/b' }],
    ['/files/*', '/files/a', { '*': 'a' }],
    ['/a{/:b}/c', '/a/c', {}],
    ['/a{/:b}/c', '/a/1/c', { b: '1' }],
    ['/a/:b?', '/a/', { b: '' }],
    ['/n/:id(\\d+)', '/n/7', { id: '7' }],
    ['/a.b', '/axb', undefined],
    ['/x/:from-:to', '/x/1-2', { from: '1', to: '2' }],
  ])('%s on %s', (pattern, path, params) => {
    expect(paramsOf(compilePattern(pattern), path)).toEqual(params);
  });

  it('falls back to the static part of what is no pattern', () => {
    expect(paramsOf(compilePattern('/a/{b'), '/a/anything')).toEqual({});
    expect(staticPrefix('/API/Users/:id')).toBe('/api/users/');
  });
});

class Things {
  plain(): void {}

  @Audit({ durability: 'strict' })
  strict(): void {}

  @SkipAudit()
  skipped(): void {}
}

function facts(name: keyof Things): HandlerFacts {
  return readHandlerFacts(Things, Things.prototype[name]);
}

describe('RouteTable', () => {
  const routes = [
    { method: 'GET', path: '/things/:id', facts: facts('plain') },
    { method: 'ALL', path: '/any', facts: facts('plain') },
    { method: 'POST', path: '/Things/:id/seal', facts: facts('strict') },
  ];

  it('finds what the router has chosen', () => {
    const table = new RouteTable(routes, 'async');
    expect(table.find('GET', '/things/:id')?.name).toBe('Things.plain');
    expect(table.find('HEAD', '/things/:id')?.name).toBe('Things.plain');
    expect(table.find('POST', '/things/:id')).toBeUndefined();
    expect(table.find('PATCH', '/any')?.name).toBe('Things.plain');
  });

  it('guesses the route of a path', () => {
    const table = new RouteTable(routes, 'async');
    expect(table.guess('POST', '/things/7/seal')).toMatchObject({ path: '/Things/:id/seal', params: { id: '7' } });
    expect(table.guess('POST', '/nothing')).toBeUndefined();
  });

  it.each([
    ['POST', '/things/7/seal', true],
    ['POST', '/things/7/other', true],
    ['POST', '/THINGS/7', true],
    ['GET', '/things/7', false],
    ['POST', '/other', false],
    ['POST', '/%74hings/7/seal', true],
    ['POST', 'http://host/things/7/seal', true],
  ])('knows whether %s %s may wait: %s', (method, path, expected) => {
    expect(new RouteTable(routes, 'async').mayWait(method, path)).toBe(expected);
  });

  it('lets nothing wait where nothing has to, and everything where everything has to', () => {
    expect(new RouteTable(routes.slice(0, 2), 'async').mayWait('POST', '/%61')).toBe(false);
    expect(new RouteTable([], 'block').mayWait('GET', '/')).toBe(true);
    expect(
      new RouteTable([{ method: 'POST', path: '/x', facts: facts('skipped') }], 'async').mayWait('POST', '/x'),
    ).toBe(false);
  });
});
