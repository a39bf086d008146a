import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEvent } from '../event/audit-event.interface.js';
import type { LeaseStore, Lease } from '../ledger/lease-store.port.js';
import type { LedgerStore } from '../ledger/ledger-store.port.js';
import { formatIdentity, livenessOf, ownIdentity, parseIdentity } from '../ledger/process/process-identity.js';

const PREFIX = 'boot:';
/** How far back the last event of a dead process is looked for. */
const SEARCHED_RECORDS = 10_000;
const PAGE = 500;

export interface BootRegisterOptions {
  /** The `service.instance` that this process writes into its records. */
  readonly instance: string;
  /** How often the process says that it is alive, in milliseconds. @default 10000 */
  readonly heartbeatMs?: number;
  /** A process of another host that was silent for so long counts as dead, in milliseconds. @default 60000 */
  readonly silenceMs?: number;
  readonly onFailure: (error: unknown) => void;
  /** Seals an event under the given id, at most once for that id. */
  readonly sealOnce: (event: AuditEvent, id: string) => Promise<void>;
}

/**
 * Notices processes that ended without saying so. Each process holds a lease `boot:<id>` for as long as it runs and
 * gives it up after `audit.stopped` is sealed. A lease whose process is dead (asked of the kernel on the same host,
 * concluded from silence elsewhere) means that accepted events may be missing: an `audit.gap` with the reason
 * `unclean_shutdown` says so. Two processes that notice the same death write one event, because its id follows from
 * the lease.
 */
export class BootRegister {
  /** One process may run several trails. */
  private readonly name = `${PREFIX}${ownIdentity().boot}.${randomBytes(3).toString('hex')}`;
  private readonly holder: string;
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> | null = null;

  constructor(
    private readonly leases: LeaseStore,
    private readonly ledger: LedgerStore,
    private readonly options: BootRegisterOptions,
  ) {
    this.holder = `${formatIdentity(ownIdentity())} ${options.instance}`;
  }

  /** Registers this process and reports those that died. */
  async start(): Promise<void> {
    await this.beat();
    await this.sweep();
    this.timer = setInterval(() => {
      this.beating ??= this.beat()
        .then(async () => void (await this.sweep()))
        .catch((error: unknown) => this.options.onFailure(error))
        .finally(() => (this.beating = null));
    }, this.options.heartbeatMs ?? 10_000);
    this.timer.unref();
  }

  /** Ends the heartbeat; `clean` says that all accepted events are sealed and `audit.stopped` with them. */
  async stop(clean: boolean): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.beating;
    if (clean) await this.leases.release(this.name, this.holder);
  }

  /** Reports processes that ended uncleanly. @returns how many */
  async sweep(): Promise<number> {
    let found = 0;
    for (const lease of await this.leases.list(PREFIX)) {
      if (lease.name === this.name || !isDead(lease)) continue;
      await this.report(lease);
      // Only after the event is in the log: a crash in between makes the next sweep repeat it under the same id.
      await this.leases.release(lease.name, lease.holder);
      found++;
    }
    return found;
  }

  private async beat(): Promise<void> {
    await this.leases.acquire(this.name, this.holder, this.options.silenceMs ?? 60_000);
  }

  private async report(lease: Lease): Promise<void> {
    const { boot, instance } = ownerOf(lease);
    const lastEvent = await this.lastEventOf(instance);
    const event: AuditEvent = {
      action: 'audit.gap',
      outcome: 'failure',
      severity: 'error',
      actor: { type: 'system', authMethod: 'internal' },
      resource: { type: 'audit_instance', id: instance },
      reason: { code: 'unclean_shutdown' },
      flags: ['gap'],
      metadata: {
        reason: 'unclean_shutdown',
        instance,
        boot,
        lastSealed: lastEvent,
        explanation:
          'This process ended without audit.stopped. Events that it held in memory at that moment may be missing.',
      },
    };
    await this.options.sealOnce(event, idOf(lease));
  }

  private async lastEventOf(instance: string): Promise<{ id: string; logIndex: number; occurredAt: string } | null> {
    const needle = `"service":{"instance":${JSON.stringify(instance)}`;
    let after: number | undefined;
    for (let seen = 0; seen < SEARCHED_RECORDS; seen += PAGE) {
      const page = await this.ledger.findPage({
        direction: 'descending',
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      const row = page.find(({ record }) => record.includes(needle));
      if (row) return { id: row.eventId, logIndex: row.logIndex, occurredAt: row.occurredAt };
      if (page.length < PAGE) return null;
      after = page[page.length - 1].logIndex;
    }
    return null;
  }
}

function ownerOf({ name, holder }: Lease): { boot: string; instance: string } {
  const space = holder.indexOf(' ');
  return { boot: name.slice(PREFIX.length), instance: space < 0 ? holder : holder.slice(space + 1) };
}

function isDead({ holder, expiresAt }: Lease): boolean {
  const identity = parseIdentity(holder.split(' ', 1)[0]);
  const liveness = identity ? livenessOf(identity) : 'unknown';
  return liveness === 'dead' || (liveness === 'unknown' && expiresAt < Date.now());
}

/** The same lease gives the same UUIDv7, whoever computes it. */
function idOf({ name, holder, expiresAt }: Lease): string {
  const random = createHash('sha256').update(`${name} ${holder}`).digest();
  return uuidv7({ msecs: expiresAt, random: random.subarray(0, 16), seq: random.readUInt32BE(16) });
}
