import type { Anchor } from '../verification/anchors/anchor.port.js';
import { exitCodeOf, verdictOf } from '../verification/history/exit-code.js';
import { policyOfLogs } from '../verification/policy/policy.js';
import { treeRoot } from '../verification/proofs/make-proof.js';
import { TileDirectory } from '../verification/tiles/tile-directory.js';
import { TileError } from '../verification/tiles/tile.error.js';
import type { TileFinding } from '../verification/tiles/tile-finding.js';
import { TileNodeSource } from '../verification/tiles/tile-node-source.js';
import { verifyTileDirectory } from '../verification/tiles/verify-tile-directory.js';
import { readCheckpoint } from '../verification/trust/read-checkpoint.js';
import type { Trust } from '../verification/trust/trust.interface.js';
import type { Finding } from '../verification/verifier/finding.interface.js';
import type { CliIo } from './cli-io.interface.js';
import { ProgressBar } from './progress-bar.js';
import type { VerifyReport } from './verify-report.js';

/** Verifies a folder of tiles: every entry against its own checkpoint, and that against the anchors. */
export async function verifyTiles(
  io: CliIo,
  path: string,
  trust: Trust,
  anchors: readonly Anchor[],
  quiet: boolean,
): Promise<VerifyReport> {
  const begin = performance.now();
  const directory = new TileDirectory(path);
  const note = (await directory.readCheckpoint()).toString('utf8');
  const opened = readCheckpoint(note, trust);
  if (opened.kind !== 'trusted') {
    const why =
      opened.kind === 'foreign' ? `It is of the log "${opened.origin}", not of "${trust.origin}".` : opened.why;
    const reason = opened.kind === 'foreign' ? 'unknown_key' : opened.reason;
    return summarize([{ ...BLANK, class: reason, reason, found: note, message: why }], { path, begin });
  }
  const { size, root, origin } = opened;
  const keys = trust.keys.filter((key) => key.origin === origin && key.firstSize <= size && size <= key.lastSize);
  const bar = new ProgressBar(io, 'verify', !quiet);
  const { findings } = await verifyTileDirectory(directory, policyOfLogs(keys.map(({ verifier }) => verifier)), {
    onProgress: (read, total) => bar.show(read, total),
    signal: io.signal,
  });
  bar.done();
  const compared = await compareAnchors(directory, { size, root }, trust, anchors);
  return summarize([...findings.map(toFinding), ...compared.findings], {
    path,
    begin,
    origin,
    size,
    root,
    compared: compared.count + 1,
    unchecked: anchors.length === 0 ? ['anchors: none were given, so an older folder passes for the present one'] : [],
  });
}

/** Roots at anchored sizes follow from the tiles, which the checkpoint has authenticated. */
async function compareAnchors(
  directory: TileDirectory,
  present: { size: number; root: string },
  trust: Trust,
  anchors: readonly Anchor[],
): Promise<{ findings: Finding[]; count: number }> {
  const findings: Finding[] = [];
  let count = 0;
  for (const anchor of anchors) {
    for (const size of await anchor.sizes()) {
      const note = await anchor.read(size);
      const claim = note === null ? null : readCheckpoint(note, trust);
      if (claim?.kind === 'dubious') {
        findings.push({ ...BLANK, class: claim.reason, reason: claim.reason, found: note, message: claim.why });
      }
      if (claim?.kind !== 'trusted' || claim.origin !== trust.origin) continue;
      count++;
      const problem = await contradiction(directory, present, claim);
      if (problem)
        findings.push({
          ...problem,
          message: `${problem.message} (${anchor.name}, checkpoint ${size})`,
          notes: [note!],
        });
    }
  }
  return { findings, count };
}

async function contradiction(
  directory: TileDirectory,
  { size, root }: { size: number; root: string },
  claim: { size: number; root: string },
): Promise<Finding | null> {
  const facts = { ...BLANK, expected: `${claim.size} ${claim.root}` };
  if (claim.size > size) {
    const message = `A checkpoint over ${claim.size} records was signed; the folder has ${size}.`;
    return {
      ...facts,
      class: 'truncated',
      reason: 'truncated',
      index: size,
      until: claim.size,
      found: `${size} ${root}`,
      message,
    };
  }
  const found = await rootAt(directory, claim.size, size);
  if (found === null || found === claim.root) return null;
  const message = `The first ${claim.size} records have another root than the one that was signed.`;
  return { ...facts, class: 'rewritten', reason: 'checkpoint_mismatch', found: `${claim.size} ${found}`, message };
}

/** Null where tiles are missing, which is a finding already. */
async function rootAt(directory: TileDirectory, size: number, treeSize: number): Promise<string | null> {
  try {
    return (await treeRoot(size, new TileNodeSource(directory, treeSize))).toString('hex');
  } catch (error) {
    if (error instanceof TileError) return null;
    throw error;
  }
}

const BLANK = { index: null, eventId: null, expected: null, found: null } as const;

function toFinding({ class: kind, firstIndex, lastIndex, file, expected, found, message }: TileFinding): Finding {
  return {
    class: kind,
    reason: kind === 'modified' ? 'hash_mismatch' : kind === 'rewritten' ? 'checkpoint_mismatch' : kind,
    index: firstIndex ?? null,
    ...(lastIndex !== undefined && lastIndex !== firstIndex && { until: lastIndex + 1 }),
    eventId: null,
    ...(file !== undefined && { column: file }),
    expected: expected ?? null,
    found: found ?? null,
    message,
  };
}

function summarize(
  findings: readonly Finding[],
  facts: {
    path: string;
    begin: number;
    origin?: string;
    size?: number;
    root?: string;
    compared?: number;
    unchecked?: readonly string[];
  },
): VerifyReport {
  const { path, begin, origin = null, size = null, root = null, compared = 0, unchecked = [] } = facts;
  return {
    target: path,
    valid: findings.length === 0,
    verdict: verdictOf(findings),
    exitCode: exitCodeOf(findings),
    origin,
    size,
    root,
    checked: size ?? 0,
    checkpointsCompared: compared,
    provenSize: findings.length === 0 ? size : null,
    durationMs: Math.round(performance.now() - begin),
    unchecked,
    findings,
    totalFindings: findings.length,
  };
}
