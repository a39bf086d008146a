import type { AuditStorage } from '../../lib/storage/storage.interface.js';

/** A place for one log, made for one test. */
export interface StorePlace {
  /** Opens another connection to the log, as another process would. */
  connect(): Promise<AuditStorage>;
  /** Takes everything away; storages that were opened are closed already. */
  drop(): Promise<void>;
}

/** What a kind of store brings along to be tested by the contract suites. */
export interface StoreHarness {
  readonly name: string;
  /** What {@link AuditStorage.kind} has to be. */
  readonly kind: string;
  /** How many connections may write to one log at the same time. */
  readonly writers: 'one' | 'many';
  /** Whether the log outlives the storage that wrote it. */
  readonly durable: boolean;
  create(): Promise<StorePlace>;
}

/** Opens storages of one place and closes them all at the end of a test. */
export class OpenStores {
  private readonly open: AuditStorage[] = [];
  private place: StorePlace | null = null;

  constructor(private readonly harness: StoreHarness) {}

  async begin(): Promise<void> {
    this.place = await this.harness.create();
  }

  async connect(): Promise<AuditStorage> {
    if (!this.place) throw new Error('begin() comes first');
    const storage = await this.place.connect();
    this.open.push(storage);
    return storage;
  }

  async end(): Promise<void> {
    await Promise.all(this.open.splice(0).map((storage) => storage.close()));
    await this.place?.drop();
    this.place = null;
  }
}
