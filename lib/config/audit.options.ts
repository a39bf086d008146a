import { CHAIN_ALGORITHMS } from '../event/audit-record.interface.js';
import type { ChainAlgorithm } from '../event/audit-record.interface.js';
import type { AuditEvent } from '../event/audit-event.interface.js';
import { ActorOptions } from './actor.options.js';
import { ChangesOptions } from './changes.options.js';
import { CheckpointOptions } from './checkpoints.options.js';
import { DeliveryOptions } from './delivery.options.js';
import { HttpOptions } from './http.options.js';
import { LimitsOptions } from './limits.options.js';
import { Callback, Choice, Flag, TextMap } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import type { OptionsInput } from './option-section.js';
import { QueueOptions } from './queue.options.js';
import { RedactionOptions } from './redaction.options.js';
import { CheckedBy, Nested } from './section.decorators.js';
import { ServiceOptions } from './service.options.js';
import { SigningOptions } from './signing.options.js';
import { StorageOptions } from './storage.options.js';
import { TenantOptions } from './tenant.options.js';
import { VerificationOptions } from './verification.options.js';

export const DURABILITIES = ['async', 'block', 'strict'] as const;
/** Whether a response waits for its event: see `durability`. */
export type Durability = (typeof DURABILITIES)[number];

/** All options of the module. Every one has a default or is optional. */
@CheckedBy<AuditOptions>(({ checkpoints, signing }, report) => {
  if (checkpoints.anchors.length > 0 && signing === undefined) {
    report.refuse(
      'signing',
      'an origin and a key, because checkpoints.anchors are given and only signed checkpoints are kept',
    );
  }
})
export class AuditOptions extends OptionSection {
  /** Which application writes events. */
  @Nested(() => ServiceOptions)
  service = new ServiceOptions();

  /** Where the log is kept. */
  @Nested(() => StorageOptions)
  storage = new StorageOptions();

  /**
   * Hash algorithm of the record chain of a new log. A log that exists keeps its own, and the Merkle tree is always
   * SHA-256.
   * @default 'sha256'
   */
  @Choice(CHAIN_ALGORITHMS)
  hashAlgorithm: ChainAlgorithm = 'sha256';

  /**
   * Hash chain of an event that names none: one for all (`main`), one for each tenant (`per-tenant`), or what a
   * function says. It does not separate where events are stored.
   * @default 'main'
   */
  @Choice(['main', 'per-tenant'], { orFunction: 'a function (event) => name of the stream' })
  stream: 'main' | 'per-tenant' | ((event: AuditEvent) => string) = 'main';

  /**
   * Whether a response waits for its event: no (`async`), until it is sealed (`block`), or until it is sealed and
   * with a 503 if it can't be (`strict`). `@Audit({ durability })` weighs more.
   * @default 'async'
   */
  @Choice(DURABILITIES)
  durability: Durability = 'async';

  /**
   * Record requests of callers who are not known. Denied attempts are recorded in any case.
   * @default true
   */
  @Flag()
  auditAnonymous = true;

  /**
   * What the application's own actor types are called in the log: `{ platform_admin: 'user' }`. Others are kept as
   * they are.
   * @default {}
   */
  @TextMap({ allowed: 'texts by name' })
  actorTypeAliases: Record<string, string> = {};

  /** What of HTTP traffic becomes events. */
  @Nested(() => HttpOptions)
  http = new HttpOptions();

  /** Who acted. */
  @Nested(() => ActorOptions)
  actor = new ActorOptions();

  /** For which tenant. */
  @Nested(() => TenantOptions)
  tenant = new TenantOptions();

  /** What is hidden, and how. */
  @Nested(() => RedactionOptions)
  redaction = new RedactionOptions();

  /** Bounds of an event. */
  @Nested(() => LimitsOptions)
  limits = new LimitsOptions();

  /** Where events wait until they are sealed. */
  @Nested(() => QueueOptions)
  queue = new QueueOptions();

  /** Signed checkpoints. Without it there are none, and the log's owner could rewrite all of it. */
  @Nested(() => SigningOptions)
  signing?: SigningOptions;

  /** When checkpoints are written and where copies go. */
  @Nested(() => CheckpointOptions)
  checkpoints = new CheckpointOptions();

  /** The scheduled verification. */
  @Nested(() => VerificationOptions)
  verification = new VerificationOptions();

  /** Where sealed events go besides the log. */
  @Nested(() => DeliveryOptions)
  delivery = new DeliveryOptions();

  /** Recording of entity changes. */
  @Nested(() => ChangesOptions)
  changes = new ChangesOptions();

  /** Told of every failure of the audit trail itself. What it throws is ignored. */
  @Callback('a function (error, context) => void')
  onError?: (error: unknown, context: Readonly<Record<string, unknown>>) => void;
}

/**
 * What an application may pass to `AuditModule.forRoot()`. Everything may be left out.
 *
 * @publicApi
 */
export type AuditModuleOptions = OptionsInput<AuditOptions>;
