import { Instance, Secret, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';
import type { AuditSigner } from './signer.interface.js';

const KEY_SOURCES = ['keyFile', 'key', 'signer'] as const;

/** A key that signs checkpoints. */
@CheckedBy<SigningKeyOptions>((signing, report) => {
  const given = KEY_SOURCES.filter((name) => signing[name] !== undefined);
  if (given.length !== 1) report.refuse(given[1] ?? 'keyFile', `exactly one of ${KEY_SOURCES.join(', ')}`);
})
export class SigningKeyOptions extends OptionSection {
  /** File with the private key that `keygen` wrote. Exactly one of `keyFile`, `key`, `signer` is given. */
  @Text({ allowed: 'a path of a key file' })
  keyFile?: string;

  /** The private key itself, in the form of `keygen`. It is held in memory only. */
  @Secret({ allowed: 'a private key in the form of keygen' })
  key?: string;

  /** Signs in place of a key, so that the key can stay in a KMS. */
  @Instance({
    allowed: 'an object with id, algorithm and sign(bytes)',
    valid: (signer) => typeof (signer as Partial<AuditSigner>).sign === 'function',
  })
  signer?: AuditSigner;
}
