import { Callback, Secret, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

const SHORTEST_KEY = 16;

/** The key of the mode `hmac`, and of digests of values that were cut. */
@CheckedBy<HmacOptions>((hmac, report) => {
  if (Buffer.byteLength(hmac.key) < SHORTEST_KEY) report.refuse('key', `at least ${SHORTEST_KEY} bytes`);
})
export class HmacOptions extends OptionSection<'key' | 'keyId'> {
  /** Secret key of at least 16 bytes, kept outside the database whose values it hides. */
  @Secret({ required: true, binary: true, allowed: 'a text or Buffer of at least 16 bytes' })
  key!: string | Uint8Array;

  /** Says in the marker which key was used. It is stored in clear. */
  @Text({ required: true, allowed: "at most 64 letters, digits, '.', '_' and '-'", matches: /^[A-Za-z0-9._-]{1,64}$/ })
  keyId!: string;

  /**
   * Names the tenant whose own derived key is used at this moment, so that values can't be joined across tenants.
   * @default none: one key for all
   */
  @Callback('a function () => tenant id or undefined')
  perTenant?: () => string | undefined;
}
