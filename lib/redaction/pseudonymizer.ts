import { createHmac, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { InvalidRedactionOptionError } from './invalid-redaction-option.error.js';
import type { HmacOptions } from './redaction-options.interface.js';

const LEAST_KEY_BYTES = 16;
const MAX_TENANT_KEYS = 1000;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Keyed digests: equal values have equal digests, and nobody without the key can try values out. */
export class Pseudonymizer {
  readonly keyId: string;
  private readonly master: KeyObject;
  private readonly perTenant?: () => string | undefined;
  private readonly tenantKeys = new Map<string, KeyObject>();

  /** @throws InvalidRedactionOptionError for a key too short or a key id that can't stand in a marker */
  constructor(options: HmacOptions) {
    const key = typeof options.key === 'string' ? Buffer.from(options.key, 'utf8') : Buffer.from(options.key);
    if (key.length < LEAST_KEY_BYTES) {
      throw new InvalidRedactionOptionError(
        'redaction.hmac.key',
        `it has ${key.length} bytes, which can be guessed. Give at least ${LEAST_KEY_BYTES} random bytes.`,
      );
    }
    if (!KEY_ID.test(options.keyId)) {
      throw new InvalidRedactionOptionError(
        'redaction.hmac.keyId',
        'it stands in every marker. Use 1 to 64 letters, digits, dots, underscores and hyphens.',
      );
    }
    this.keyId = options.keyId;
    this.perTenant = options.perTenant;
    this.master = createSecretKey(key);
  }

  /** HMAC-SHA-256 in lowercase hex, with the current tenant's key if there is one. */
  digest(value: string | Uint8Array): string {
    return createHmac('sha256', this.currentKey()).update(value).digest('hex');
  }

  private currentKey(): KeyObject {
    const tenant = this.perTenant?.();
    if (tenant === undefined || tenant === null) return this.master;
    const known = this.tenantKeys.get(tenant);
    if (known !== undefined) return known;
    const derived = createSecretKey(createHmac('sha256', this.master).update(`tenant:${tenant}`).digest());
    if (this.tenantKeys.size >= MAX_TENANT_KEYS) this.tenantKeys.clear();
    this.tenantKeys.set(tenant, derived);
    return derived;
  }
}
