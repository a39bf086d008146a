import { Redactor } from '../../../lib/redaction/redactor.js';
import type { PathRule } from '../../../lib/redaction/redaction-options.interface.js';

function hide(paths: readonly PathRule[], value: unknown, root = 'request.body') {
  return new Redactor({ paths }).sanitize(value, root).value;
}

const marker = (path: string) => ({ $redacted: `path:${path}` });

describe('path rules', () => {
  it('hide one place and no other', () => {
    const path = 'request.body.user.email';
    expect(hide([{ path }], { user: { email: 'a', name: 'b' }, email: 'c' })).toEqual({
      user: { email: marker(path), name: 'b' },
      email: 'c',
    });
    expect(hide([{ path }], { user: { email: 'a' } }, 'response.body')).toEqual({ user: { email: 'a' } });
  });

  it('take * for one name or position', () => {
    const path = 'request.body.items.*.sku';
    expect(hide([{ path }], { items: [{ sku: 1, n: 2 }, { sku: 3 }], sku: 4 })).toEqual({
      items: [{ sku: marker(path), n: 2 }, { sku: marker(path) }],
      sku: 4,
    });
    expect(hide([{ path: 'request.body.list.1' }], { list: [1, 2, 3] })).toEqual({
      list: [1, marker('request.body.list.1'), 3],
    });
  });

  it('take ** for any number of names, none included', () => {
    const path = '**.diagnosis';
    expect(hide([{ path }], { diagnosis: 1, a: { b: [{ diagnosis: 2 }] } })).toEqual({
      diagnosis: marker(path),
      a: { b: [{ diagnosis: marker(path) }] },
    });
    const middle = 'request.**.a.b';
    expect(hide([{ path: middle }], { a: { b: 1, a: { b: 2 } }, x: { a: { b: 3 } } })).toEqual({
      a: { b: marker(middle), a: { b: marker(middle) } },
      x: { a: { b: marker(middle) } },
    });
  });

  it('hide everything below with ** at the end', () => {
    const path = 'request.body.patient.**';
    expect(hide([{ path }], { patient: { a: 1, b: { c: 2 } }, d: 3 })).toEqual({
      patient: { a: marker(path), b: marker(path) },
      d: 3,
    });
  });

  it('hide a whole root', () => {
    expect(hide([{ path: 'request.body' }], { a: 1 })).toEqual(marker('request.body'));
    expect(hide([{ path: 'request.*' }], { a: 1 }, 'request.query')).toEqual(marker('request.*'));
    expect(hide([{ path: 'request' }], { a: 1 }, 'request.query')).toEqual(marker('request'));
  });

  it('take names as they are written, with dots and stars if escaped', () => {
    expect(
      hide([{ path: 'request.body.a\\.b' }, { path: 'request.body.\\*' }], { 'a.b': 1, '*': 2, c: 3, A: 4 }),
    ).toEqual({
      'a.b': marker('request.body.a\\.b'),
      '*': marker('request.body.\\*'),
      c: 3,
      A: 4,
    });
  });

  it('win over key rules and over the allow-list, the first one first', () => {
    const redactor = new Redactor({
      paths: [
        { path: 'metadata.token', mode: 'remove' },
        { path: 'metadata.*', mode: 'mask' },
      ],
    });
    expect(redactor.sanitize({ token: 'x', tokenCount: 1 }, 'metadata').value).toEqual({
      tokenCount: marker('metadata.*'),
    });
  });

  it('reach into maps and sets', () => {
    const path = 'metadata.m.a';
    const redactor = new Redactor({ paths: [{ path }, { path: 'metadata.s.0' }] });
    expect(
      redactor.sanitize(
        {
          m: new Map([
            ['a', 1],
            ['b', 2],
          ]),
          s: new Set([1, 2]),
        },
        'metadata',
      ).value,
    ).toEqual({
      m: {
        $map: [
          ['a', marker(path)],
          ['b', 2],
        ],
      },
      s: { $set: [marker('metadata.s.0'), 2] },
    });
  });

  it('judge the last name of a root like a key', () => {
    const redactor = new Redactor();
    expect(redactor.sanitize({ theme: 'dark' }, 'request.cookies').value).toEqual({ $redacted: 'key:cookie' });
    expect(redactor.sanitize({ theme: 'dark' }, 'session').value).toEqual({ theme: 'dark' });
  });
});
