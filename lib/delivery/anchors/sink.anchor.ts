import type { Anchor } from '../../verification/anchors/anchor.port.js';
import type { AuditSink } from '../audit-sink.interface.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** A sink that can keep checkpoints, as an anchor of the checkpoint publisher. */
export class SinkAnchor implements Anchor {
  readonly name: string;

  constructor(
    private readonly sink: AuditSink & Required<Pick<AuditSink, 'anchor'>>,
    private readonly timeoutMs = DEFAULT_TIMEOUT_MS,
  ) {
    this.name = `sink ${sink.name}`;
  }

  async put(size: number, note: string): Promise<void> {
    const [origin, , root] = note.split('\n', 3);
    await this.sink.anchor({ origin, size, root, note }, AbortSignal.timeout(this.timeoutMs));
  }

  /** Empty where the destination can't be read: its own operator has to compare then. */
  async sizes(): Promise<number[]> {
    return (await this.sink.anchorSizes?.(AbortSignal.timeout(this.timeoutMs))) ?? [];
  }

  async read(size: number): Promise<string | null> {
    return (await this.sink.readAnchor?.(size, AbortSignal.timeout(this.timeoutMs))) ?? null;
  }
}

/** Those of the sinks that can keep checkpoints. */
export function anchorsAmong(sinks: readonly AuditSink[]): SinkAnchor[] {
  return sinks.filter(canAnchor).map((sink) => new SinkAnchor(sink));
}

function canAnchor(sink: AuditSink): sink is AuditSink & Required<Pick<AuditSink, 'anchor'>> {
  return typeof sink.anchor === 'function';
}
