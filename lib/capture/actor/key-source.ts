import type { KeyObject } from 'node:crypto';
import type { JwtHeader, JwtKey, JwtOptions } from '../../config/jwt.options.js';
import type { Resolved } from '../../config/option-section.js';
import { configuredKey } from './configured-key.js';
import { toVerificationKey } from './verification-key.js';

/** How long a key from the provider is used before it is asked again: a key that was withdrawn goes out of use. */
const KEY_LIFETIME_MS = 10 * 60_000;
/** How long a failure is remembered, so that tokens with made-up key ids don't become a flood of requests. */
const FAILURE_LIFETIME_MS = 10_000;
const PROVIDER_TIMEOUT_MS = 5_000;
const MAX_REMEMBERED = 256;
const MAX_PENDING = 16;

/** Gives the key of a token; undefined when there is none. */
export interface KeySource {
  keyFor(header: JwtHeader): KeyObject | undefined | Promise<KeyObject | undefined>;
}

/**
 * @param onFailure told when the provider throws or takes too long
 * @throws {InvalidAuditOptionsError} the configured key can't be read, or none of the algorithms fits it
 */
export function createKeySource(jwt: Resolved<JwtOptions>, onFailure: (error: unknown) => void): KeySource {
  if (jwt.keyProvider !== undefined) return new ProvidedKeys(jwt.keyProvider, onFailure);
  const key = configuredKey(jwt);
  return { keyFor: () => key };
}

interface Remembered {
  readonly key: KeyObject | undefined;
  readonly until: number;
}

/** Keys of the application's provider, each asked once however many tokens wait for it. */
class ProvidedKeys implements KeySource {
  private readonly remembered = new Map<string, Remembered>();
  private readonly pending = new Map<string, Promise<KeyObject | undefined>>();

  constructor(
    private readonly provider: (header: JwtHeader) => JwtKey | Promise<JwtKey>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  keyFor(header: JwtHeader): KeyObject | undefined | Promise<KeyObject | undefined> {
    const name = `${header.alg} ${String(header.kid ?? '')}`;
    const known = this.remembered.get(name);
    if (known !== undefined && known.until > performance.now()) return known.key;
    const running = this.pending.get(name);
    if (running !== undefined) return running;
    if (this.pending.size >= MAX_PENDING) return undefined;
    const asked = this.ask(header).then((key) => {
      this.pending.delete(name);
      this.remember(name, key);
      return key;
    });
    this.pending.set(name, asked);
    return asked;
  }

  private async ask(header: JwtHeader): Promise<KeyObject | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`actor.jwt.keyProvider gave no key within ${PROVIDER_TIMEOUT_MS} ms.`)),
        PROVIDER_TIMEOUT_MS,
      );
      timer.unref();
    });
    try {
      const key = await Promise.race([Promise.resolve().then(() => this.provider(header)), timeout]);
      return key === undefined || key === null ? undefined : toVerificationKey(key);
    } catch (error) {
      this.onFailure(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  private remember(name: string, key: KeyObject | undefined): void {
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    const lifetime = key === undefined ? FAILURE_LIFETIME_MS : KEY_LIFETIME_MS;
    this.remembered.set(name, { key, until: performance.now() + lifetime });
  }
}
