import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findApplicationPackage } from '../../../lib/config/application-package.js';

describe('findApplicationPackage', () => {
  let root: string;
  const write = (folder: string, content: string): string => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'package.json'), content);
    return join(root, folder);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'audit-package-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('takes the nearest one upwards from the working directory', () => {
    write('app', '{"name":"billing","version":"1.2.3"}');
    mkdirSync(join(root, 'app/dist/deep'), { recursive: true });
    expect(findApplicationPackage(join(root, 'app/dist/deep'), null)).toEqual({
      name: 'billing',
      version: '1.2.3',
    });
  });

  it.each(['{"type":"commonjs"}', '{"name":""}', '{"name":7}', 'not JSON', '[]', 'null'])(
    'goes on above one without a name: %s',
    (content) => {
      write('app', '{"name":"billing"}');
      const dist = write('app/dist', content);
      expect(findApplicationPackage(dist, null)).toEqual({ name: 'billing' });
    },
  );

  it('looks beside the started script when the working directory has none', () => {
    const app = write('app', '{"name":"billing","version":7}');
    mkdirSync(join(root, 'elsewhere'));
    expect(findApplicationPackage(join(root, 'elsewhere'), join(app, 'main.js'))).toEqual({ name: 'billing' });
  });

  it('finds nothing where there is nothing', () => {
    expect(findApplicationPackage(root, null)).toBeUndefined();
  });
});
