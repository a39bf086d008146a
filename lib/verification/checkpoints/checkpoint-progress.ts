import type { LedgerStore } from '../../ledger/ledger-store.port.js';
import type { CheckpointStore } from './checkpoint-store.port.js';

export interface ProgressFacts {
  readonly size: number | null;
  readonly publishedAt: string | null;
  readonly anchoredSize: number;
  readonly unanchoredSince: string | null;
}

/** Reads how far checkpoints and anchors have come, in at most three rows. */
export async function readProgress(
  checkpoints: CheckpointStore,
  log: Pick<LedgerStore, 'readRange'>,
): Promise<ProgressFacts> {
  const latest = await checkpoints.latest();
  const anchored = latest?.anchoredAt ? latest : await checkpoints.latestAnchored();
  const anchoredSize = anchored?.size ?? 0;
  const [oldest] = await log.readRange(anchoredSize, 1);
  return {
    size: latest?.size ?? null,
    publishedAt: latest?.createdAt ?? null,
    anchoredSize,
    unanchoredSince: oldest?.occurredAt ?? null,
  };
}
