import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createKeySource } from '../../../lib/capture/actor/key-source.js';
import { JwtVerifier } from '../../../lib/capture/actor/jwt-verifier.js';
import { fits, toVerificationKey } from '../../../lib/capture/actor/verification-key.js';
import { InvalidAuditOptionsError } from '../../../lib/config/invalid-audit-options.error.js';
import type { JwtHeader, JwtKey } from '../../../lib/config/jwt.options.js';

const base = {
  algorithms: ['HS256'],
  audience: [],
  issuer: [],
  clockToleranceSeconds: 0,
  claims: { id: 'sub', type: 't', email: 'e', name: 'n', roles: 'r', sessionId: 's', authMethod: 'a' },
} as const;

describe('keys of a provider', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function source(provider: (header: JwtHeader) => JwtKey | Promise<JwtKey>, failures: unknown[] = []) {
    return createKeySource({ ...base, keyProvider: provider } as never, (error) => failures.push(error));
  }

  it('are asked for once, however many wait', async () => {
    let asked = 0;
    let give!: (key: string) => void;
    const keys = source(() => {
      asked++;
      return new Promise<string>((resolve) => (give = resolve));
    });
    const waiting = Array.from({ length: 5 }, () => keys.keyFor({ alg: 'HS256', kid: 'a' }));
    await Promise.resolve();
    give('secret');
    const found = await Promise.all(waiting);
    expect(new Set(found).size).toBe(1);
    expect(keys.keyFor({ alg: 'HS256', kid: 'a' })).toBe(found[0]);
    expect(asked).toBe(1);
  });

  it('are asked for again after a while, failures sooner', async () => {
    const asked: unknown[] = [];
    const failures: unknown[] = [];
    const keys = source(({ kid }) => {
      asked.push(kid);
      if (kid === 'bad') throw new Error('gone');
      return 'secret';
    }, failures);
    const ask = async (kid: string): Promise<void> => void (await keys.keyFor({ alg: 'HS256', kid }));
    await ask('good');
    await ask('bad');
    jest.advanceTimersByTime(9_000);
    await ask('good');
    await ask('bad');
    expect(asked).toEqual(['good', 'bad']);
    jest.advanceTimersByTime(2_000);
    await ask('good');
    await ask('bad');
    expect(asked).toEqual(['good', 'bad', 'bad']);
    jest.advanceTimersByTime(600_000);
    await ask('good');
    expect(asked).toEqual(['good', 'bad', 'bad', 'good']);
    expect(failures).toHaveLength(2);
  });

  it('are not waited for without end', async () => {
    const failures: unknown[] = [];
    const keys = source(() => new Promise<string>(() => undefined), failures);
    const key = keys.keyFor({ alg: 'HS256', kid: 'a' });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await key).toBeUndefined();
    expect(String(failures[0])).toMatch(/gave no key within 5000 ms/);
  });

  it('are not asked for in any number at a time', () => {
    let asked = 0;
    const keys = source(() => {
      asked++;
      return new Promise<string>(() => undefined);
    });
    const answers = Array.from({ length: 40 }, (_, n) => keys.keyFor({ alg: 'HS256', kid: `k${n}` }));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(24);
    return Promise.resolve().then(() => expect(asked).toBe(16));
  });
});

describe('the configured key', () => {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const folder = mkdtempSync(join(tmpdir(), 'audit-key-source-'));
  const make = (jwt: object) => () => createKeySource({ ...base, ...jwt } as never, () => undefined);

  function file(content: string): string {
    const path = join(folder, `${Math.random()}.pem`);
    writeFileSync(path, content);
    return path;
  }

  it('is read from its file', () => {
    expect(make({ publicKeyFile: file(rsa.publicKey), algorithms: ['RS256', 'PS256'] })).not.toThrow();
  });

  it.each([
    ['is not there', () => join(folder, 'none.pem'), /ENOENT/],
    ['is empty', () => file(''), /public key or certificate in PEM/],
    ['holds a key set', () => file('{"keys":[{"kty":"RSA"}]}'), /public key or certificate in PEM/],
    ['holds a private key', () => file(rsa.privateKey), /private key/],
    ['holds broken PEM', () => file('-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----'), /PEM/],
  ])('is refused by the name of its option when the file %s', (_, path, why) => {
    const attempt = make({ publicKeyFile: path(), algorithms: ['RS256'] });
    expect(attempt).toThrow(InvalidAuditOptionsError);
    expect(attempt).toThrow(/actor\.jwt\.publicKeyFile/);
    expect(attempt).toThrow(why);
  });

  it.each([
    ['publicKey', () => rsa.publicKey, ['ES256', 'ES384'], /rsa/],
    ['publicKeyFile', () => file(rsa.publicKey), ['ES256'], /rsa/],
    ['secret', () => rsa.publicKey, ['HS256'], /rsa/],
  ])('is refused when no algorithm fits it: %s', (option, key, algorithms, why) => {
    const attempt = make({ [option]: key(), algorithms });
    expect(attempt).toThrow(/actor\.jwt\.algorithms/);
    expect(attempt).toThrow(why);
  });
});

describe('a verification key', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });

  it('is made of PEM, text, bytes or a key', () => {
    expect(toVerificationKey(pem as string).type).toBe('public');
    expect(toVerificationKey(Buffer.from(pem)).type).toBe('public');
    expect(toVerificationKey('a secret').type).toBe('secret');
    expect(toVerificationKey(rsa.publicKey)).toBe(rsa.publicKey);
    expect(toVerificationKey(rsa.privateKey).type).toBe('public');
  });

  it('is never a private key in PEM, an empty one, or PEM that cannot be read', () => {
    expect(() => toVerificationKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)).toThrow(
      /public key/,
    );
    expect(() => toVerificationKey('')).toThrow(/empty/);
    expect(() => toVerificationKey('-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----')).toThrow();
  });

  it.each([
    ['HS256', [true, false, false]],
    ['RS512', [false, true, false]],
    ['PS256', [false, true, false]],
    ['ES256', [false, false, true]],
    ['none', [false, false, false]],
  ])('for %s', (algorithm, expected) => {
    const keys = [createSecretKey(Buffer.from('x')), rsa.publicKey, ec.publicKey];
    expect(keys.map((key) => fits(key, algorithm))).toEqual(expected);
  });

  it.each([[[]], [['none']], [['HS256', 'none']], [['EdDSA']]])('is refused with algorithms %j', (algorithms) => {
    expect(() => new JwtVerifier({ ...base, secret: 'x', algorithms } as never, () => undefined)).toThrow(
      /never 'none'/,
    );
  });
});
