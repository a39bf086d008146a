import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** One boot of one process, told apart from every other that had the same process id. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Start time in the kernel's ticks since boot where the system tells it (Linux), else null. */
  readonly startTicks: string | null;
  /** 8 hex characters, drawn at start. */
  readonly boot: string;
}

export type Liveness = 'alive' | 'dead' | 'unknown';

const own: ProcessIdentity = {
  host: hostname().replace(/[^A-Za-z0-9.-]/g, '-'),
  pid: process.pid,
  startTicks: startTicksOf(process.pid),
  boot: randomBytes(4).toString('hex'),
};

export function ownIdentity(): ProcessIdentity {
  return own;
}

/** `host:pid:ticks:boot`, safe in file names but for the colons. */
export function formatIdentity({ host, pid, startTicks, boot }: ProcessIdentity): string {
  return `${host}:${pid}:${startTicks ?? '-'}:${boot}`;
}

/** @returns null when the text is no identity */
export function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^([A-Za-z0-9.-]+):(\d{1,10}):(\d+|-):([0-9a-f]{8})$/.exec(text);
  if (!match) return null;
  return { host: match[1], pid: Number(match[2]), startTicks: match[3] === '-' ? null : match[3], boot: match[4] };
}

/** Whether that process still runs. Only the own host can be asked; of others nothing is known. */
export function livenessOf(identity: ProcessIdentity): Liveness {
  if (identity.host !== own.host) return 'unknown';
  if (identity.boot === own.boot) return 'alive';
  // A container started anew has its old host name and often its old process id.
  if (identity.pid === own.pid) return 'dead';
  if (!isRunning(identity.pid)) return 'dead';
  const ticks = startTicksOf(identity.pid);
  if (ticks !== null && identity.startTicks !== null) return ticks === identity.startTicks ? 'alive' : 'dead';
  return 'alive';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A killed child that nobody has waited for yet still has its process id. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

function startTicksOf(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** Fields of proc(5) `stat` behind the command name, which may itself hold blanks and brackets. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
