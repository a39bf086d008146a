import { describe, expect, it } from '@jest/globals';
import { PathMatcher, pathOf } from '../../../lib/capture/http/path-matcher.js';

describe('PathMatcher', () => {
  it.each([
    ['/health', '/health', true],
    ['/health', '/health/', true],
    ['/health/', '/health', true],
    ['/health', '/healthy', false],
    ['/health', '/health/live', false],
    ['/health', '/HEALTH', false],
    ['/health', '//health', false],
    ['/health', '/%68ealth', false],
    ['/', '/', true],
    ['/', '/a', false],
    ['/internal/*', '/internal/a', true],
    ['/internal/*', '/internal/a/b', true],
    ['/internal/*', '/internal/', true],
    ['/internal/*', '/internal', false],
    ['/internal/*', '/internals/a', false],
    ['/internal/**', '/internal/a/b', true],
    ['/*', '/anything/at/all', true],
    ['/api/*/status', '/api/v1/status', true],
    ['/api/*/status', '/api/v1/x/status', false],
    ['/api/**/status', '/api/v1/x/status', true],
    ['/api/**/status', '/api/status', true],
    ['**/metrics', '/a/b/metrics', true],
    ['*/metrics', '/metrics', true],
    ['*.png', '/logo.png', false],
    ['/static/*.png', '/static/logo.png', true],
    ['/static/*.png', '/static/logoxpng', false],
    ['/a+b(c)/*/x', '/a+b(c)/1/x', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(new PathMatcher([pattern]).matches(path)).toBe(expected);
  });

  it('takes any of several patterns', () => {
    const matcher = new PathMatcher(['/a', '/b/*', '/**/c']);
    expect(['/a', '/b/1', '/x/y/c', '/d'].map((path) => matcher.matches(path))).toEqual([true, true, true, false]);
  });
});

describe('pathOf', () => {
  it.each([
    ['/a?b=c', '/a'],
    ['/a#b', '/a'],
    ['/a', '/a'],
    ['', '/'],
    ['?x', '/'],
    ['http://example.org/a?b', '/a'],
    ['http://example.org', '/'],
    ['*', '*'],
    ['example.org:443', 'example.org:443'],
  ])('%s is %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
