import type {
  ActorType,
  EventContext,
  EventFlag,
  HttpFacts,
  Outcome,
  Severity,
  TenantRef,
} from './audit-event.interface.js';

/** Hash algorithms of the record chain. The Merkle tree is always SHA-256. */
export const CHAIN_ALGORITHMS = ['sha256', 'sha512', 'sha3-256', 'sha3-512'] as const;
export type ChainAlgorithm = (typeof CHAIN_ALGORITHMS)[number];

/** What the record says of a section: `commitment` = SHA-256(salt ‖ JCS(section)) in hex, `bytes` = UTF-8 length of JCS(section). */
export interface SectionCommitment {
  readonly bytes: number;
  readonly commitment: string;
}

/** A sealed event, as parsed from the stored canonical bytes. Those bytes are the truth; this is a reading of them. */
export interface AuditRecord {
  readonly v: 1;
  readonly id: string;
  readonly alg: ChainAlgorithm;
  readonly stream: string;
  /** Position in the stream, from 0. */
  readonly sequence: number;
  /** Hash of the stream's previous record; null for its first. */
  readonly previousHash: string | null;
  readonly occurredAt: string;
  readonly action: string;
  readonly outcome: Outcome;
  readonly severity: Severity;
  readonly actor: {
    readonly id?: string;
    readonly type: ActorType;
    readonly authMethod?: string;
    readonly roles?: readonly string[];
    readonly privileged?: boolean;
    readonly onBehalfOf?: { readonly id: string; readonly type?: ActorType };
    readonly claimedId?: string;
    readonly claimReason?: string;
  };
  readonly tenant?: TenantRef;
  readonly resource?: { readonly type: string; readonly id?: string };
  readonly reason?: { readonly code: string };
  readonly context?: EventContext;
  readonly http?: HttpFacts;
  readonly flags?: readonly EventFlag[];
  readonly sections?: Readonly<Record<string, SectionCommitment>>;
  readonly service: { readonly name: string; readonly version?: string; readonly instance: string };
}
