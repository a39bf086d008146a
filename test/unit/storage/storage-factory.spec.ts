import { jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageOptions } from '../../../lib/storage/storage-options.interface.js';
import { createStorage } from '../../../lib/storage/storage.factory.js';
import { freshSqliteFile, postgresUrl } from '../../support/databases.js';
import { appendTo, events, expectSoundLog } from '../../support/log-writer.js';

describe('createStorage', () => {
  it('makes a SQLite file with its tables when opened, not before', async () => {
    const place = freshSqliteFile();
    const path = join(place.location, '..', 'folder', 'audit.sqlite');
    const storage = createStorage({ type: 'sqlite', path });
    expect(existsSync(path)).toBe(false);
    await storage.open();
    await appendTo(storage.ledger, events('a', 2));
    await expectSoundLog(storage.ledger, 2);
    const settings = await Promise.all(
      ['journal_mode', 'synchronous'].map((name) => storage.database?.query(`PRAGMA ${name}`)),
    );
    expect(settings).toEqual([[{ journal_mode: 'wal' }], [{ synchronous: 2 }]]);
    await storage.close();
    await storage.close();
    await place.drop();
  });

  it('does not touch a SQLite file without tables when told not to migrate', async () => {
    const place = freshSqliteFile();
    const storage = createStorage({ type: 'sqlite', path: place.location, migrate: false });
    await expect(storage.open()).rejects.toMatchObject({ name: 'SchemaMissingError' });
    await expect(storage.ledger.readHead()).rejects.toMatchObject({ reason: 'closed' });
    await place.drop();
  });

  it.each<[StorageOptions, RegExp]>([
    [{ type: 'postgres' }, /needs the option "url" .*postgres:\/\/user/],
    [{ type: 'mysql' }, /needs the option "url" .*mysql:\/\/user/],
    [{ type: 'datasource', dataSource: 'archive' }, /DataSource "archive", but none was handed in/],
    [{ type: 'papyrus' as 'memory' }, /no storage of type "papyrus".*memory/],
  ])('refuses %j', (options, message) => {
    expect(() => createStorage(options)).toThrow(message);
  });

  it('says which file cannot be opened, and what to do', async () => {
    const place = freshSqliteFile();
    const folder = join(place.location, '..');
    for (const path of [folder, '/dev/null/audit.sqlite']) {
      const opening = createStorage({ type: 'sqlite', path }).open();
      await expect(opening).rejects.toThrow(`The audit log is the file ${path}`);
      await expect(opening).rejects.toThrow(
        /^The audit database \(sqlite\) failed: .+ storage\.path \(AUDIT_STORAGE_PATH\)/,
      );
    }
    await place.drop();
  });

  it('says what is wrong when the server cannot be reached, and can be opened later', async () => {
    const url = new URL(postgresUrl());
    url.port = '1';
    const storage = createStorage({ type: 'postgres', url: url.href });
    await expect(storage.open()).rejects.toMatchObject({ name: 'StoreError', reason: 'connection', transient: true });
    await expect(storage.open()).rejects.toThrow(/ECONNREFUSED.*storage\.url \(AUDIT_STORAGE_URL\)/);
    await storage.close();
  });

  it.each([
    ['pg', { type: 'postgres', url: 'postgres://localhost/x' }],
    ['mysql2', { type: 'mysql', url: 'mysql://localhost/x' }],
    ['better-sqlite3', { type: 'sqlite', path: '/nowhere/x.sqlite' }],
    ['typeorm', { type: 'sqlite', path: '/nowhere/x.sqlite' }],
  ] as const)('says how to install %s when it is not there', async (driver, options) => {
    jest.resetModules();
    jest.unstable_mockModule(driver, () => {
      throw new Error(`Cannot find package '${driver}'`);
    });
    const fresh = await import('../../../lib/storage/storage.factory.js');
    await expect(fresh.createStorage(options).open()).rejects.toThrow(
      new RegExp(`could not be loaded: Cannot find package.*npm install ${driver}`),
    );
    jest.unstable_unmockModule(driver);
  });
});
