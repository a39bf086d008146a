import { EventBuilder } from '../event/event-builder.js';
import type { AuditEvent } from '../event/audit-event.interface.js';
import { Ledger } from '../ledger/ledger.js';
import { createEventSigner } from '../ledger/sealing/event-signer.factory.js';
import type { EventSigner } from '../ledger/sealing/event-signer.interface.js';
import { formatIdentity, ownIdentity } from '../ledger/process/process-identity.js';
import type { SealReceipt } from '../ledger/seal-receipt.interface.js';
import { Redactor } from '../redaction/redactor.js';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import { CliError } from './cli.error.js';

/** Seals what a command itself has to put into the log. */
export async function sealEvent(
  storage: AuditStorage,
  options: ResolvedAuditOptions,
  event: AuditEvent,
  id?: string,
): Promise<SealReceipt> {
  const signer = await eventSigner(storage, options);
  const { name = 'nestjs-audit-trail', version } = options.service;
  const builder = new EventBuilder({
    service: { name, version, instance: formatIdentity(ownIdentity()) },
    sanitizer: new Redactor(options.redaction),
  });
  const [receipt] = await new Ledger(storage.ledger, { signer }).append([builder.build(event, id)], id !== undefined);
  return receipt;
}

/**
 * What signs the event, if the log's events are signed.
 * @throws {CliError} they are, and the key is not known here: an event without a signature would be a finding
 */
async function eventSigner(storage: AuditStorage, { signing }: ResolvedAuditOptions): Promise<EventSigner | undefined> {
  if (signing?.events) return signing.events.signer ?? createEventSigner(signing.events);
  const [last] = await storage.ledger.findPage({ direction: 'descending', limit: 1 });
  if (!last?.signature) return undefined;
  throw new CliError(
    'The events of this log are signed one by one (signing.events), and this command has no key for that. Set ' +
      'AUDIT_SIGNING_EVENTS_ALGORITHM and AUDIT_SIGNING_EVENTS_KEY_FILE as the application has them, or let the ' +
      'application do it: a key is changed when it starts, a restore is recorded by AuditService.restored().',
  );
}
