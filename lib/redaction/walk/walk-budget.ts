import type { RedactionLimits } from '../redaction-limits.js';

/** Each open container may still close with a marker of what was left out. */
const RESERVED_BYTES = 2048;

/** What one walk may still write. */
export class WalkBudget {
  keys: number;
  nodes: number;
  bytes: number;

  constructor(limits: RedactionLimits) {
    this.keys = limits.keys;
    this.nodes = limits.nodes;
    this.bytes = limits.bytes - RESERVED_BYTES;
  }

  get isSpent(): boolean {
    return this.keys <= 0 || this.nodes <= 0 || this.bytes <= 0;
  }
}
