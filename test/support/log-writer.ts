import type { EventColumns, SealableEvent } from '../../lib/event/sealable-event.js';
import type {
  AppendBatch,
  LedgerStore,
  LogState,
  StoredEvent,
  StreamHead,
} from '../../lib/ledger/ledger-store.port.js';
import { CompactRange, leafHash } from '../../lib/ledger/merkle/index.js';
import { commitEvent, sealBatch } from '../../lib/ledger/sealing/batch-sealer.js';
import { sealableEvent } from './sealable-event.js';

/** An event whose query columns say what the test wants, and its record the same. */
export function eventWith(id: string, columns: Partial<EventColumns> = {}, stream = 'main'): SealableEvent {
  const event = sealableEvent(id, stream);
  const all = { ...event.columns, ...columns };
  return { ...event, parts: recordParts(id, stream, all), columns: all };
}

function recordParts(id: string, stream: string, columns: EventColumns): SealableEvent['parts'] {
  const { action, actorId, actorType, occurredAt, outcome, severity, tenantId } = columns;
  const member = (name: string, value: object) =>
    Object.values(value).every((one) => one === null) ? '' : `,"${name}":${JSON.stringify(value, withoutNull)}`;
  const context = { correlationId: columns.correlationId, requestId: columns.requestId };
  const rest = `,"severity":${JSON.stringify(severity)},"stream":${JSON.stringify(stream)}`;
  return [
    `{"action":${JSON.stringify(action)}${member('actor', { id: actorId, type: actorType })},"alg":`,
    `${member('context', context)},"id":${JSON.stringify(id)},"occurredAt":"${occurredAt}",` +
      `"outcome":"${outcome}","previousHash":`,
    member('resource', { id: columns.resourceId, type: columns.resourceType }),
    `,"service":{"instance":"i","name":"test"}${rest}${member('tenant', { id: tenantId })},"v":1}`,
  ];
}

function withoutNull(_name: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

/** `count` events named `<prefix>-<n>`. */
export function events(prefix: string, count: number, stream?: string): SealableEvent[] {
  return Array.from({ length: count }, (_, n) => sealableEvent(`${prefix}-${n}`, stream));
}

/** Seals events on a state of the log, as the ledger does. */
export function sealOn({ head, streams }: LogState, list: readonly SealableEvent[]): AppendBatch {
  const range = CompactRange.fromHex(head.size, head.compactRange);
  return sealBatch(list.map(commitEvent), { head, range, streams }, { algorithm: 'sha256' }).batch;
}

export async function stateOf(store: LedgerStore): Promise<LogState> {
  // The head first: if somebody appends before the streams are read, the compare-and-swap on the head fails.
  const head = await store.readHead();
  const streams = await store.readStreams();
  return { head, streams: new Map(streams.map((stream) => [stream.name, stream])) };
}

/** Seals on the present state and appends, once. */
export async function appendTo(store: LedgerStore, list: readonly SealableEvent[]): Promise<boolean> {
  return store.append(sealOn(await stateOf(store), list));
}

/** Appends under the lock, as a writer does that lost the race. */
export function appendLockedTo(store: LedgerStore, list: readonly SealableEvent[]): Promise<void> {
  const names = [...new Set(list.map(({ stream }) => stream))];
  return store.appendLocked(names, (state) => sealOn(state, list));
}

/** All rows, read in pages. */
export async function readAll(store: LedgerStore, page = 500): Promise<StoredEvent[]> {
  const rows: StoredEvent[] = [];
  for (;;) {
    const next = await store.readRange(rows.length === 0 ? 0 : rows[rows.length - 1].logIndex + 1, page);
    if (next.length === 0) return rows;
    rows.push(...next);
  }
}

/** Fails unless the log is one unbroken chain that its head, its streams and its leaf hashes agree with. */
export async function expectSoundLog(store: LedgerStore, size?: number): Promise<StoredEvent[]> {
  const head = await store.readHead();
  const rows = await readAll(store);
  const range = new CompactRange();
  const streams = new Map<string, StreamHead>();
  rows.forEach((row, index) => {
    const stream = streams.get(row.stream) ?? { name: row.stream, nextSequence: 0, lastHash: null };
    const record = JSON.parse(row.record) as { previousHash: string | null };
    expect([row.logIndex, row.sequence, record.previousHash]).toEqual([index, stream.nextSequence, stream.lastHash]);
    expect(row.leafHash).toBe(leafHash(row.record).toString('hex'));
    range.append(leafHash(row.record));
    streams.set(row.stream, { name: row.stream, nextSequence: row.sequence + 1, lastHash: row.hash });
  });
  expect(head).toMatchObject({
    size: size ?? rows.length,
    root: range.root().toString('hex'),
    compactRange: range.toHex(),
  });
  expect(rows).toHaveLength(head.size);
  const byName = (a: StreamHead, b: StreamHead) => (a.name < b.name ? -1 : 1);
  expect((await store.readStreams()).sort(byName)).toEqual([...streams.values()].sort(byName));
  expect(await store.readLeafHashes(0, rows.length)).toEqual(rows.map((row) => row.leafHash));
  return rows;
}
