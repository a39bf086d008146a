import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliIo } from '../../lib/cli/cli-io.interface.js';
import { runCli } from '../../lib/cli/run-cli.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import type { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import { auditRuntime } from '../support/runtime.js';
import { freshMysql, freshPostgres } from '../support/databases.js';
import { variedEvents } from '../support/sealed-log.js';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSurroundings {
  readonly env?: Record<string, string>;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  /** Told of everything that was printed so far. */
  readonly onOut?: (printed: string) => void;
}

/** Runs a command as `main.ts` does, in this process. */
export async function cli(args: readonly string[], surroundings: CliSurroundings = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  const io: CliIo = {
    out: (text) => {
      out += text;
      surroundings.onOut?.(out);
    },
    err: (text) => void (err += text),
    outIsTerminal: surroundings.terminal ?? false,
    errIsTerminal: surroundings.terminal ?? false,
    env: surroundings.env ?? {},
    signal: surroundings.signal ?? new AbortController().signal,
    exitCode: 0,
  };
  const code = await runCli(args, io);
  return { code, out, err };
}

/** What a command printed with `--json`. */
export async function cliJson<T = Record<string, unknown>>(
  args: readonly string[],
  surroundings?: CliSurroundings,
): Promise<{ code: number; value: T }> {
  const { code, out, err } = await cli([...args, '--json'], surroundings);
  if (out === '') throw new Error(`"${args.join(' ')}" printed nothing but: ${err}`);
  return { code, value: JSON.parse(out) as T };
}

export type LogKind = 'sqlite' | 'postgres' | 'file' | 'mysql';

export const ORIGIN = 'example.com/cli-log';

/** An application's log: events, a signed checkpoint, an anchor; and an empty folder. */
export class CliLog {
  readonly folder = mkdtempSync(join(tmpdir(), 'audit-cli-'));
  readonly key = generatePrivateKey(ORIGIN);
  readonly anchor = this.path('anchor');
  readonly stateFile = this.path('state.json');
  private drops: (() => Promise<void>)[] = [];

  private constructor(
    /** What is given to commands. */
    readonly database: string,
    private readonly storage: AuditModuleOptions['storage'],
  ) {}

  static async create(kind: LogKind, count = 300): Promise<CliLog> {
    const server = kind === 'postgres' ? await freshPostgres() : kind === 'mysql' ? await freshMysql() : null;
    const folder = mkdtempSync(join(tmpdir(), 'audit-cli-db-'));
    const location = server?.location ?? join(folder, kind === 'file' ? 'audit.jsonl' : 'audit.sqlite');
    const storages = {
      postgres: { type: 'postgres', url: location, migrate: true },
      mysql: { type: 'mysql', url: location, migrate: true },
      sqlite: { type: 'sqlite', path: location },
      // Small enough for the log to be in several files.
      file: { type: 'file', path: location, rotateBytes: 65_536 },
    } as const;
    const log = new CliLog(location, storages[kind]);
    log.drops = [async () => rmSync(folder, { recursive: true, force: true }), async () => server?.drop()];
    await log.run(async (runtime) => {
      for (const event of variedEvents(count)) runtime.pipeline.record(event);
      await runtime.whenIdle();
      // One that an export does not carry along; the end publishes another.
      await runtime.checkpoint();
    });
    return log;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs the application for a moment; its end publishes a checkpoint. */
  async run<T>(work: (runtime: AuditRuntime) => Promise<T>, options: AuditModuleOptions = {}): Promise<T> {
    const runtime = auditRuntime({
      service: { name: 'cli-test' },
      storage: this.storage,
      queue: { thread: 'inline' },
      checkpoints: { anchors: [{ directory: this.anchor }] },
      signing: { origin: ORIGIN, key: this.key.privateKey, stateFile: this.stateFile },
      ...options,
    });
    await runtime.start();
    try {
      return await work(runtime);
    } finally {
      await runtime.stop();
    }
  }

  async drop(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    for (const drop of this.drops) await drop();
  }
}
