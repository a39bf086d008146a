import type { ConfiguredSink } from '../audit-sink.interface.js';

/**
 * - `local`: sealed here, never the network; sinks that do without it (file, stdout, functions) work
 * - `hybrid`: sealed here, delivered afterwards
 * - `remote`: sealed here, delivered afterwards, kept only until the remote has it
 */
export type DeliveryMode = 'local' | 'hybrid' | 'remote';

/** Sinks that rest in this mode. What is pending for them stays pending, until the mode changes. */
export function sinksOff(mode: DeliveryMode, sinks: readonly ConfiguredSink[]): readonly ConfiguredSink[] {
  return mode === 'local' ? sinks.filter(({ network = false }) => network) : [];
}
