import { EVENT_SIGNATURE_ALGORITHMS } from '../ledger/sealing/event-signer.factory.js';
import type { EventSignatureAlgorithm } from '../ledger/sealing/event-signer.factory.js';
import type { EventSigner } from '../ledger/sealing/event-signer.interface.js';
import { Choice, Instance, Secret, Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

const KEY_SOURCES = ['keyFile', 'key', 'signer'] as const;

/** A signature on each single event, beside the signed checkpoints. */
@CheckedBy<EventSigningOptions>((signing, report) => {
  const given = KEY_SOURCES.filter((name) => signing[name] !== undefined);
  if (given.length !== 1) report.refuse(given[1] ?? 'keyFile', `exactly one of ${KEY_SOURCES.join(', ')}`);
})
export class EventSigningOptions extends OptionSection<'algorithm'> {
  /** Signature algorithm. It must fit the key, and is not guessed from it. */
  @Choice(EVENT_SIGNATURE_ALGORITHMS, { required: true })
  algorithm!: EventSignatureAlgorithm;

  /** File with the private key in PEM. Exactly one of `keyFile`, `key`, `signer` is given. */
  @Text({ allowed: 'a path of a PEM file' })
  keyFile?: string;

  /** Private key in PEM. It is held in memory only. */
  @Secret({ allowed: 'a private key in PEM' })
  key?: string;

  /**
   * Name under which verifiers know the key.
   * @default derived from the public key
   */
  @Text({ maxLength: 256 })
  keyId?: string;

  /** Signs in place of a key. It runs inside each append, so it must be quick and synchronous. */
  @Instance({
    allowed: 'an object with keyId, algorithm and sign(bytes)',
    valid: (signer) => typeof (signer as Partial<EventSigner>).sign === 'function',
  })
  signer?: EventSigner;
}
