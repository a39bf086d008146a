import { isKeyName } from '../verification/notes/key-name.js';
import { EventSigningOptions } from './event-signing.options.js';
import { Instance, Secret, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy, Nested, NestedList } from './section.decorators.js';
import { SigningKeyOptions } from './signing-key.options.js';
import type { AuditSigner } from './signer.interface.js';

const KEY_SOURCES = ['keyFile', 'key', 'signer'] as const;

/** Signed checkpoints: the log's size and root under a key that its database does not hold. */
@CheckedBy<SigningOptions>((signing, report) => {
  const given = KEY_SOURCES.filter((name) => signing[name] !== undefined);
  if (given.length !== 1) report.refuse(given[1] ?? 'keyFile', `exactly one of ${KEY_SOURCES.join(', ')}`);
  if (!isKeyName(signing.origin)) {
    report.refuse('origin', 'a name without blanks and plus signs, such as example.com/audit-log');
  }
})
export class SigningOptions extends OptionSection<'origin'> {
  /**
   * Name of the log in its checkpoints, best a URL without scheme: `example.com/audit-log`. It changes only when the
   * database was restored from a backup.
   */
  @Text({ required: true, maxLength: 256 })
  origin!: string;

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

  /**
   * Keys that signed before and go on signing beside the present one, until all who verify trust that. The change is
   * recorded as `audit.key_rotated`. They never sign alone.
   * @default []
   */
  @NestedList(() => SigningKeyOptions)
  previousKeys: SigningKeyOptions[] = [];

  /**
   * File in which the signer remembers what it signed last, so that it never signs a log that went back. It belongs
   * outside the database and its backups, on a local file system.
   * @default './audit-signer.state.json'
   */
  @Text({ allowed: 'a path of a file' })
  stateFile = './audit-signer.state.json';

  /** A signature on each single event as well. Checkpoints do not need it. */
  @Nested(() => EventSigningOptions)
  events?: EventSigningOptions;
}
